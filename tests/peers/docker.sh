# Docker Engine as the caller of Drydock.

. tests/peers/dockerd.sh || { is "docker: the engine starts" yes no; return; }

run "$work/bin/drydock" install docker --file "$work/etc-docker/daemon.json"
has "docker: install" "ran a WebAssembly container: hello from Drydock" "$out $err"

run sh -c "tar -C '$work/image' -c probe.wasm native busybox component.wasm broken.wasm | docker import -c 'CMD [\"/probe.wasm\", \"hello\"]' -c 'ENV GREETING=hi' - drydock-test"
is "docker: import" 0 "$code"
d="docker run --rm --network none --runtime drydock"
gives "docker: run" 0 "hello from C" $d drydock-test
gives "docker: a native program" 0 "hello native" $d drydock-test /native
gives "docker: exit code" 42 "" $d drydock-test /probe.wasm exit 42
gives "docker: input" 0 "some input" sh -c "echo some input | $d -i drydock-test /probe.wasm cat"
gives "docker: 16 MiB" 0 "hello from C" $d -m 16m drydock-test
gives "docker: a terminal" 0 "hello from C" sh -c "$d -t drydock-test | tr -d '\r'"
gives "docker: an init" 0 "hello from C" $d --init drydock-test
gives "docker: another user, read-only" 0 "hello from C" $d --user 1000 --read-only drydock-test
run $d drydock-test /nothing.wasm
is "docker: 127 for what is not there" 127 "$code"
run $d drydock-test /component.wasm
has "docker: a component, in one line" "/component.wasm is a WebAssembly component: components are not supported yet" "$err"

run docker create --network none --runtime drydock --name drydock-test-life drydock-test /probe.wasm wait
is "docker: create" 0 "$code"
run docker start drydock-test-life
is "docker: start" 0 "$code"
gives "docker: exec" 0 "hello from C" docker exec drydock-test-life /probe.wasm
gives "docker: exec of a native program" 0 "hi" docker exec drydock-test-life /busybox sh -c 'echo $GREETING'
gives "docker: exec with its own code" 9 "" docker exec drydock-test-life /probe.wasm exit 9
has "docker: stats" "drydock-test-life" "$(docker stats --no-stream --format '{{.Name}} {{.MemUsage}}' drydock-test-life)"
has "docker: top" "probe.wasm" "$(docker top drydock-test-life)"
run docker pause drydock-test-life
is "docker: paused" paused "$(docker inspect -f '{{.State.Status}}' drydock-test-life)"
run docker unpause drydock-test-life
run docker update -m 64m --memory-swap 64m drydock-test-life
is "docker: update" 0 "$code"
run docker stop -t 20 drydock-test-life
is "docker: stop ends it with SIGTERM" 143 "$(docker inspect -f '{{.State.ExitCode}}' drydock-test-life)"
run docker rm drydock-test-life
is "docker: rm" 0 "$code"
run docker run --network none --runtime drydock --name drydock-test-logs drydock-test
is "docker: logs" "hello from C" "$(docker logs drydock-test-logs)"
run docker rm drydock-test-logs
compare "docker run, wasm through Drydock" "${PEERS_RUNS:-5}" $d drydock-test -- docker run --rm --network none drydock-test /native
