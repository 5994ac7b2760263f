# buildah, whose `run` asks for create, start, state and delete.

. tests/peers/storage.sh
run buildah from scratch
working=$out
run buildah copy -q "$working" "$work/image/probe.wasm" /probe.wasm
limits="--ulimit nofile=1024:1024 --ulimit nproc=1024:1024"
gives "buildah: run" 0 "hello from C" buildah run --isolation oci --runtime "$runtime" "$working" /probe.wasm hello
gives "buildah: exit code" 5 "" buildah run --isolation oci --runtime "$runtime" "$working" /probe.wasm exit 5
printf 'FROM scratch\nCOPY probe.wasm /\nRUN ["/probe.wasm", "write", "/made", "by a guest"]\n' >"$work/image/Containerfile.run"
run buildah bud -q $limits --isolation oci --runtime "$runtime" -f "$work/image/Containerfile.run" "$work/image"
is "buildah: RUN of a guest" 0 "$code"
run buildah rm "$working"
