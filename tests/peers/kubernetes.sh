# deploy/kubernetes through kubectl, and the node installer on a node that is this machine in a mount namespace where
# /etc/containerd is a scratch directory.
deploy=$repository/deploy/kubernetes
discovery_port=18443
serve python3 "$repository/tests/peers/discovery.py" $discovery_port
kubectl="kubectl --server http://127.0.0.1:$discovery_port"
until_true curl -sf http://127.0.0.1:$discovery_port/api
for directory in base remove; do
  run $kubectl apply --dry-run=client --validate=false -k "$deploy/$directory"
  is "kubernetes: $directory" "0 6" "$code $(grep -c 'dry run' <<<"$out")"
done
has "kubernetes: remove removes" '^ +- remove$' "$(kubectl kustomize "$deploy/remove")"
for example in "$deploy"/examples/*.yaml; do
  run $kubectl create --dry-run=client --validate=false -f "$example"
  is "kubernetes: $(basename "$example")" 0 "$code"
done

mkdir -p "$work/node/containerd" /etc/containerd
# on-a-node COMMAND...: with a scratch directory where the installer writes.
cat >"$work/bin/on-a-node" <<END
#!/bin/sh
export HOST_ROOT='' ON_NODE=env DIRECTORY="$work/node/drydock/bin" PATH="$work/bin:\$PATH"
exec unshare -m sh -c 'mount --bind $work/node/containerd /etc/containerd; exec "\$@"' sh "\$@"
END
chmod +x "$work/bin/on-a-node"
if [ -n "${containerd_socket:-}" ]; then
  printf 'version = 2\n[grpc]\n  address = "%s"\n' "$containerd_socket" >"$work/node/containerd/config.toml"
  cp "$work/node/containerd/config.toml" "$work/node/before.toml"
  run "$work/bin/on-a-node" "$deploy/installer/install-node" install
  is "kubernetes: the node installer" 0 "$code"
  has "kubernetes: it runs a container" "ran a WebAssembly container: hello from Drydock" "$out"
  has "kubernetes: it names the shim" 'runtime_type = "'"$work/node/drydock/bin/containerd-shim-drydock-v1"'"' \
    "$(cat "$work/node/containerd/config.toml")"
  run "$work/bin/on-a-node" "$deploy/installer/install-node" install
  has "kubernetes: done again it changes nothing" "config.toml is as it should be" "$out"
  run "$work/bin/on-a-node" "$deploy/installer/install-node" remove
  is "kubernetes: the node installer takes it away" "0 " "$code $(diff "$work/node/before.toml" "$work/node/containerd/config.toml")"
  is "kubernetes: nothing is left on the node" "config.toml" "$(ls "$work/node/drydock" "$work/node/containerd" 2>/dev/null | grep -v :)"
fi
gives "kubernetes: a word that is none" 2 "" "$deploy/installer/install-node" launch
