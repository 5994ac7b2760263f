# Many pods and many containers, one after the other, with programs killed at random: nothing of them stays.
# PEERS_PODS: how many pods (20). PEERS_CYCLES: how many containers are made and killed (60).

. "$repository/tests/peers/bundles.sh"
. "$repository/tests/peers/pods.sh"

# killed_at_random COMMAND...: runs it, and one time in three kills it within a moment.
killed_at_random() {
  "$@" >/dev/null 2>&1 </dev/null &
  local process=$!
  if ((RANDOM % 3 == 0)); then sleep "0.0$((RANDOM % 60))"; kill -9 "$process" 2>/dev/null; fi
  wait "$process" 2>/dev/null
}

# cycles COUNT: containers made, started and removed by hand.
cycles() {
  local id
  for ((i = 0; i < $1; i++)); do
    id=drydock-test-cycle-$i
    killed_at_random $r create --bundle "$work/bundles/loop" --pid-file "$work/pid-$i" "$id"
    killed_at_random $r start "$id"
    ((RANDOM % 2)) && $r kill "$id" KILL >/dev/null 2>&1
    killed_at_random $r delete --force "$id"
    until_true $r delete --force "$id" || break
    rm -f "$work/pid-$i"
  done
  echo "$i"
}

# many_pods: pods with a container each, from beginning to end, three at a time.
many_pods() {
  seq "$pods" | xargs -P 3 -I{} timeout 120 "$python" "$repository/tests/peers/cri.py" "$containerd_directory/socket" \
    cycle "drydock-test-soak-{}" drydock "$logs" "$pod_image" /probe.wasm hello
}

r="$runtime --lower-runtime $(command -v runc)"
[ -e "$work/bundles/loop" ] || bundle loop '["/probe.wasm","wait"]' '.process.env+=["WORDS=x y"]'
cycles=${PEERS_CYCLES:-60} pods=${PEERS_PODS:-20}
is "soak: $cycles containers" "$cycles" "$(cycles "$cycles" 2>/dev/null)"
is "soak: no container is left" "" "$(traces | grep drydock-test)"
is "soak: $pods pods" "$pods" "$(many_pods 2>"$work/err" | grep -c '^done$')"
until_true no_pods
is "soak: no shim is left" 0 "$(pod_shims)"
is "soak: no task, container or record is left" "" "$($k tasks ls -q)$($k containers ls -q)$(ls /run/drydock/shim/k8s.io 2>/dev/null)"
remove_pods
is "soak: nothing is mounted" "" "$(awk '{ print $5 }' /proc/self/mountinfo | grep "^$containerd_directory/state" | grep -v "^$containerd_directory/state\$")"
