# Podman as the caller of Drydock.

. tests/peers/storage.sh
cat >"$work/image/Containerfile" <<'FILE'
FROM scratch
COPY probe.wasm native busybox component.wasm broken.wasm /
ENV GREETING=hi
CMD ["/probe.wasm", "hello"]
FILE
run podman build -q -t drydock-test "$work/image"
is "podman: build" 0 "$code"
i=localhost/drydock-test

gives "podman: run" 0 "hello from C" podman run --rm $i
gives "podman: by the name crun-wasm" 0 "hello from C" podman --runtime wasm run --rm $i
gives "podman: a native program" 0 "hello native" podman run --rm $i /native
gives "podman: exit code" 42 "" podman run --rm $i /probe.wasm exit 42
gives "podman: arguments" 0 "$(printf 'a b\n-x')" podman run --rm $i /probe.wasm args "a b" -x
run podman run --rm -e A=1 --env B=2 $i /probe.wasm env
has "podman: the image's variables" "^GREETING=hi$" "$out"
has "podman: variables" "^A=1$" "$out"
gives "podman: input" 0 "some input" sh -c "echo some input | podman run --rm -i $i /probe.wasm cat"
run podman run --rm $i /probe.wasm stderr
is "podman: standard error" "0  to stderr" "$code $out $err"
mkdir -p "$work/volume"
echo "from the host" >"$work/volume/file"
gives "podman: a volume" 0 "from the host" podman run --rm -v "$work/volume:/data:ro" $i /probe.wasm read /data/file
run podman run --rm -v "$work/volume:/data:ro" $i /probe.wasm write /data/new text
has "podman: a read-only volume" "Read-only file system|Permission denied|Operation not permitted|Not permitted" "$err"
gives "podman: a module from a volume" 0 "hello from C" podman run --rm -v "$work/image/probe.wasm:/v/x.wasm" $i /v/x.wasm
gives "podman: another user" 0 "hello from C" podman run --rm --user 1000:1000 $i
gives "podman: read-only" 0 "hello from C" podman run --rm --read-only $i
gives "podman: 16 MiB, a tenth of a processor, 32 processes" 0 "hello from C" \
  podman run --rm -m 16m --cpus 0.5 --pids-limit 32 $i
gives "podman: without capabilities and profiles" 0 "hello from C" \
  podman run --rm --cap-drop all --security-opt no-new-privileges --security-opt seccomp=unconfined $i
gives "podman: a terminal" 0 "hello from C" sh -c "podman run --rm -t $i | tr -d '\r'"
gives "podman: an annotation" 0 "hello from C" podman run --rm --annotation run.oci.handler=wasm $i
gives "podman: an annotation on a native program" 0 "hello native" podman run --rm --annotation module.wasm.image/variant=compat $i /native

run podman run --rm $i /nothing.wasm
is "podman: 127 for what is not there" 127 "$code"
run podman run --rm $i /
is "podman: 126 for what is not permitted" 126 "$code"
run podman run --rm $i /component.wasm
has "podman: a component, in one line" "/component.wasm is a WebAssembly component: components are not supported yet" "$err"
run podman run --rm $i /broken.wasm
is "podman: 126 for a broken module" 126 "$code"
has "podman: a broken module says why" "broken.wasm is not a valid module" "$err"

is_up() { [ "$(podman inspect -f '{{.State.Status}}' "$1" 2>/dev/null)" = "$2" ]; }
run podman run -d --name drydock-test-life $i /probe.wasm wait
is "podman: detached" 0 "$code"
gives "podman: exec" 0 "hello from C" podman exec drydock-test-life /probe.wasm
gives "podman: exec of a native program" 0 "hi" podman exec drydock-test-life /busybox sh -c 'echo $GREETING'
gives "podman: exec with its own code" 9 "" podman exec drydock-test-life /probe.wasm exit 9
gives "podman: exec with a terminal" 0 "hello from C" sh -c "podman exec -t drydock-test-life /probe.wasm | tr -d '\r'"
run podman exec drydock-test-life /nothing
is "podman: exec of what is not there" 127 "$code"
run podman pause drydock-test-life
is "podman: paused" paused "$(podman inspect -f '{{.State.Status}}' drydock-test-life)"
run podman unpause drydock-test-life
run podman update -m 64m drydock-test-life
is "podman: update" 0 "$code"
is "podman: inspect shows the guest" "/probe.wasm [wait]" "$(podman inspect -f '{{.Path}} {{.Args}}' drydock-test-life)"
run podman stop -t 20 drydock-test-life
is "podman: stop ends it with SIGTERM" 143 "$(podman inspect -f '{{.State.ExitCode}}' drydock-test-life)"
run podman start drydock-test-life
# Until the guest's process has asked for signals, the kernel keeps them from it.
is_ended_by() { podman kill -s "$1" drydock-test-life; sleep 0.2; is_up drydock-test-life exited; }
until_true is_ended_by USR1
is "podman: other signals" 138 "$(podman inspect -f '{{.State.ExitCode}}' drydock-test-life)"
run podman start drydock-test-life
conmon=$(podman inspect -f '{{.State.ConmonPid}}' drydock-test-life)
kill -9 "$conmon"
id=$(podman inspect -f '{{.Id}}' drydock-test-life)
run podman rm -f -t 0 drydock-test-life
is "podman: removed after its monitor was killed" 0 "$code"
# Podman does not delete such a container from its runtime, whichever that is.
run "$runtime" delete --force "$id"
is "podman: deleted by hand then" 0 "$code"
run podman run --name drydock-test-logs $i
is "podman: logs" "hello from C" "$(podman logs drydock-test-logs)"
run podman rm drydock-test-logs
if command -v catatonit >/dev/null; then
  run podman pod create --name drydock-test-pod --share pid
  gives "podman: beside a native infra container" 0 "hello from C" podman run --rm --pod drydock-test-pod $i
  run podman pod rm -f -t 0 drydock-test-pod
  gives "podman: with an init" 0 "hello from C" podman run --rm --init $i
fi
