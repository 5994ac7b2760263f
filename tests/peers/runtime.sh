# The runtime by hand, above runc and above crun.

. "$repository/tests/peers/bundles.sh"

# handed_on: calls that only the lower runtime has to do with do not start .NET, which would end at once with such a heap.
handed_on() {
  local without_dotnet="env DOTNET_GCHeapHardLimit=1 $runtime"
  run $without_dotnet --version
  is "a heap of one byte is too small for .NET" 255 "$code"
  run $without_dotnet delete --force drydock-test-nobody
  is "delete of a container without a guest is handed on" 0 "$code"
  run $without_dotnet --log "$work/log" start drydock-test-nobody
  has "start is handed on" "does not exist" "$err$(cat "$work/log")"
}

status() { $r state "$1" 2>/dev/null | jq -r .status; }
is_status() { [ "$(status "$1")" = "$2" ]; }

lifecycle() {
  local id=drydock-test-$1
  rm -f "$work/pid"
  run $r create --bundle "$work/bundles/loop" --pid-file "$work/pid" "$id"
  is "$1: create" 0 "$code"
  is "$1: created" created "$(status "$id")"
  is "$1: the caller's bundle" "$work/bundles/loop" "$($r state "$id" | jq -r .bundle)"
  mkdir -p /run/drydock/runtime/default/drydock-test-half
  has "$1: list, beside one that is being made or removed" "$work/bundles/loop" "$($r list)"
  rmdir /run/drydock/runtime/default/drydock-test-half
  run $r create --bundle "$work/bundles/loop" "$id"
  is "$1: an id is taken once" 1 "$code"
  run env -i XDG_RUNTIME_DIR= "$runtime" --lower-runtime "$lower" start "$id"
  is "$1: start with an empty environment" 0 "$code"
  is "$1: running" running "$(status "$id")"
  gives "$1: exec of a guest" 7 "" $r exec "$id" /probe.wasm exit 7
  gives "$1: exec with its own environment" 0 "A=b" sh -c "$r exec --env A=b --cwd / $id /probe.wasm env | grep ^A="
  gives "$1: exec of a native program" 0 "hello native" $r exec "$id" /native
  gives "$1: exec of the guest's variables for a native program" 0 "x y" $r exec "$id" /busybox sh -c 'echo $WORDS'
  run $r exec "$id" /component.wasm
  has "$1: exec of a component" "/component.wasm is a WebAssembly component" "$err"
  is "$1: ps" "$(cat "$work/pid")" "$($r ps --format json "$id" | jq -r '.[0]')"
  run env -i XDG_RUNTIME_DIR= "$runtime" --lower-runtime "$lower" pause "$id"
  is "$1: paused" paused "$(status "$id")"
  run $r resume "$id"
  is "$1: resumed" running "$(status "$id")"
  run $r update --memory 67108864 "$id"
  is "$1: update" 0 "$code"
  run $r checkpoint "$id"
  has "$1: checkpoint is refused" "cannot checkpoint $id" "$err"
  run env -i XDG_RUNTIME_DIR= "$runtime" --lower-runtime "$lower" kill "$id" TERM
  until_true is_status "$id" stopped
  is "$1: SIGTERM ends it" stopped "$(status "$id")"
  run env -i XDG_RUNTIME_DIR= "$runtime" --lower-runtime "$lower" delete "$id"
  is "$1: delete" "0 " "$code $(status "$id")"
  run $r delete --force drydock-test-unknown
  is "$1: delete --force of what is not there" 0 "$code"
}

refusals() {
  mkdir -p "$work/bundles/none"
  run $r --log "$work/log" --log-format json create --bundle "$work/bundles/none" drydock-test-none
  is "$1: no config.json" 1 "$code"
  has "$1: no config.json, in the log" "is not a bundle: it has no config.json" "$(tail -1 "$work/log" | jq -r .msg)"
  mkdir -p "$work/bundles/malformed"
  echo '{"process":' >"$work/bundles/malformed/config.json"
  run $r create --bundle "$work/bundles/malformed" drydock-test-malformed
  has "$1: malformed config.json" "malformed/config.json is not a container's configuration" "$err"
  is "$1: in one line" 1 "$(wc -l <<<"$err")"
  for name in component broken missing empty; do
    run $r run --bundle "$work/bundles/$name" "drydock-test-$name"
    case $name in
      component) has "$1: a component" "is a WebAssembly component" "$err" ;;
      broken) has "$1: a broken module" "^126 .*broken.wasm is not a valid module" "$code $err" ;;
      missing) has "$1: no such entry" "no such file or directory|executable file .* not found" "$err" ;;
      empty) has "$1: an empty entry" "[Pp]ermission denied|exec format error" "$err" ;;
    esac
  done
}

bundle hello '["/probe.wasm","hello"]'
bundle loop '["/probe.wasm","wait"]' '.process.env+=["WORDS=x y"]'
bundle native '["/native"]'
bundle component '["/component.wasm"]'
bundle broken '["/broken.wasm"]'
bundle missing '["/nothing.wasm"]'
bundle empty '["/empty"]'

# same_as_without_dotnet: what create.c writes is what GuestBundle writes, which a relative path is left to.
same_as_without_dotnet() {
  local record=/run/drydock/runtime/default
  bundle same '["/probe.wasm","wait","a\\\"b"]' '.process.env+=["A=\u0026 \"x\""] | .annotations={"a":"b"}'
  run env DOTNET_GCHeapHardLimit=1 "$runtime" create --bundle "$work/bundles/same" --pid-file "$work/pid-1" drydock-test-same-1
  is "create is done without .NET" 0 "$code"
  run sh -c "cd '$work/bundles' && exec '$runtime' create --bundle same --pid-file '$work/pid-2' drydock-test-same-2"
  is "create with .NET" 0 "$code"
  for file in config original; do
    has "the $file is written" "probe.wasm" "$(cat $record/drydock-test-same-1/$file.json)"
    is "the $file with .NET and without" "" "$(diff <(jq -S . $record/drydock-test-same-1/$file.json) <(jq -S . $record/drydock-test-same-2/$file.json))"
  done
  is "the bundle with .NET and without" "$(cat $record/drydock-test-same-1/bundle)" "$(cat $record/drydock-test-same-2/bundle)"
  is "the pid is kept" "$(cat "$work/pid-1") $(cat "$work/pid-2")" "$(cat $record/drydock-test-same-1/pid) $(cat $record/drydock-test-same-2/pid)"
  is "nobody makes it any more" "" "$(ls $record/drydock-test-same-*/creator 2>/dev/null)"
  run env DOTNET_GCHeapHardLimit=1 "$runtime" create --bundle "$work/bundles/native" --pid-file "$work/pid-3" drydock-test-same-3
  is "create of a native container is handed on" 0 "$code"
  for i in 1 2 3; do run "$runtime" delete --force drydock-test-same-$i; done
  has "an entry in a mount is for .NET" "hello from C" "$(mounted_entry)"
}

# mounted_entry: what a guest prints whose file is not in the root but in a mount.
mounted_entry() {
  bundle mounted '["/m/probe.wasm","hello"]' ".mounts+=[{\"destination\":\"/m\",\"type\":\"bind\",\"source\":\"$work/image\",\"options\":[\"bind\"]}]"
  "$runtime" create --bundle "$work/bundles/mounted" --pid-file "$work/pid" drydock-test-mounted </dev/null >"$work/mounted" 2>&1
  "$runtime" start drydock-test-mounted
  until_true grep -q . "$work/mounted"
  cat "$work/mounted"
  "$runtime" delete --force drydock-test-mounted
}

# policy NAME: what a policy asks of modules holds for containers of other engines.
policy() {
  local r="env DRYDOCK_POLICY=$work/policy.json $r"
  echo '{"default":[{"type":"reject"}]}' >"$work/policy.json"
  run $r run --bundle "$work/bundles/hello" drydock-test-policy
  is "$1: a policy that takes nothing" "1 " "$code $out"
  has "$1: a policy that takes nothing, in one line" "probe.wasm is refused by the policy" "$err"
  gives "$1: a policy does not ask of native programs" 0 "hello native" $r run --bundle "$work/bundles/native" drydock-test-policy
  openssl genpkey -algorithm ed25519 2>/dev/null >"$work/module.pem"
  openssl pkey -in "$work/module.pem" -pubout >"$work/module.pub"
  echo '{"default":[{"type":"wasmSigned","keyPath":"module.pub"}]}' >"$work/policy.json"
  run $r run --bundle "$work/bundles/hello" drydock-test-policy
  has "$1: a module that is not signed" "the module of /probe.wasm is not signed" "$err"
  bundle signed '["/probe.wasm","hello"]'
  run "$work/bin/drydock" sign --key "$work/module.pem" "$work/bundles/signed/rootfs/probe.wasm"
  gives "$1: a module that is signed" 0 "hello from C" $r run --bundle "$work/bundles/signed" drydock-test-policy
  echo "{\"default\":[{\"type\":\"reject\"}],\"transports\":{\"file\":{\"$work/bundles\":[{\"type\":\"insecureAcceptAnything\"}]}}}" >"$work/policy.json"
  gives "$1: a policy for the directory" 0 "hello from C" $r run --bundle "$work/bundles/hello" drydock-test-policy
}

for lower in "$(command -v runc)" "$work/bin/crun-alone"; do
  r="$runtime --lower-runtime $lower"
  name=$(basename "$lower")
  gives "$name: hello" 0 "hello from C" $r run --bundle "$work/bundles/hello" drydock-test-hello
  gives "$name: a native container" 0 "hello native" $r run --bundle "$work/bundles/native" drydock-test-native
  bundle exit '["probe.wasm","exit","42"]' '.process.cwd="/"'
  gives "$name: exit code" 42 "" $r run --bundle "$work/bundles/exit" drydock-test-exit
  bundle environment '["/probe.wasm","env"]' '.process.env=["LD_PRELOAD=/x.so","DOTNET_gcServer=1","A=b=c"]'
  run $r run --bundle "$work/bundles/environment" drydock-test-environment
  has "$name: variables reach the guest" "LD_PRELOAD=/x.so" "$out"
  has "$name: variables reach the guest" "A=b=c" "$out"
  bundle user '["/probe.wasm","args","a b","--","-x"]' '.process.user={"uid":1000,"gid":1000}'
  gives "$name: arguments, as another user" 0 "$(printf 'a b\n--\n-x')" $r run --bundle "$work/bundles/user" drydock-test-user
  bundle small '["/probe.wasm","hello"]' '.linux.resources.memory={"limit":16777216}'
  gives "$name: 16 MiB" 0 "hello from C" $r run --bundle "$work/bundles/small" drydock-test-small
  bundle large '["/large.wasm"]' '.linux.resources.memory={"limit":16777216} | .process.user={"uid":1000,"gid":1000}'
  export DRYDOCK_CACHE=$work/cache-$name
  gives "$name: a large module, compiled outside of 16 MiB" 0 "hello large" $r run --bundle "$work/bundles/large" drydock-test-large
  is "$name: its code is kept" 1 "$(ls "$DRYDOCK_CACHE/0" | grep -c '\.code$')"
  gives "$name: a large module again" 0 "hello large" $r run --bundle "$work/bundles/large" drydock-test-large
  unset DRYDOCK_CACHE
  $r run --bundle "$work/bundles/loop" drydock-test-foreground >/dev/null 2>&1 </dev/null &
  process=$!
  until_true is_status drydock-test-foreground running
  # Until the guest's process has asked for signals, the kernel keeps them from it.
  while kill "$process" 2>/dev/null; do sleep 0.2; done
  wait "$process"
  is "$name: a signal to run reaches the guest" 143 "$?"
  lifecycle "$name"
  refusals "$name"
  policy "$name"
done
r="$runtime --lower-runtime $(command -v runc)"
has "version" "^drydock-runtime version" "$($r --version | head -1)"
is "features" true "$($r features | jq -r '.annotations["run.oci.crun.wasm"]')"
handed_on
same_as_without_dotnet
compare "run, wasm through Drydock" 9 $r run --bundle "$work/bundles/hello" drydock-test-hello -- \
  runc run --bundle "$work/bundles/native" drydock-test-native
