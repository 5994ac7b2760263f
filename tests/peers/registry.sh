# Registries: what Docker, Podman and skopeo pushed is pulled and run by Drydock, and what Drydock pushed is read back by
# them, by umoci and by containerd.

. tests/peers/storage.sh
. tests/peers/dockerd.sh || { is "registry: Docker Engine starts" yes no; return; }
export DRYDOCK_ROOT=$work/registry/store OTEL_TRACES_EXPORTER=none
own=$work/bin/drydock
mkdir -p "$work/registry"/{auth,certs,plain,closed,context}

# start_registry NAME [LINES]: one of Debian's on a free port of this machine; leaves its address in $address.
start_registry() {
  local port=$((20000 + RANDOM % 20000))
  while (: >"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
  address=127.0.0.1:$port
  printf 'version: 0.1\nlog: { level: error, accesslog: { disabled: true } }\nstorage: { filesystem: { rootdirectory: %s/content }, delete: { enabled: true } }\nhttp:\n  addr: %s\n%s\n' \
    "$work/registry/$1" "$address" "${2:-}" >"$work/registry/$1/config.yml"
  serve docker-registry serve "$work/registry/$1/config.yml"
  until_true sh -c ": >/dev/tcp/127.0.0.1/$port" || until_true bash -c ": >/dev/tcp/127.0.0.1/$port"
}

# runs NAME IMAGE: Drydock pulls it, in options, and runs it; the module speaks.
runs() {
  local name=$1 image=$2
  shift 2
  run "$own" pull "$@" "$image"
  is "$name: pulled" 0 "$code"
  gives "$name: run" 0 "hello from C" "$own" run --pull=never "$image" /probe.wasm hello
}

start_registry plain
plain=$address
cp "$work/image/probe.wasm" "$work/registry/context/"
printf 'FROM scratch\nCOPY probe.wasm /probe.wasm\nENTRYPOINT ["/probe.wasm"]\nCMD ["hello"]\n' >"$work/registry/context/Containerfile"
printf 'FROM scratch\nCOPY probe.wasm /probe.wasm\nCMD ["/probe.wasm", "hello"]\n' >"$work/registry/context/Containerfile.docker"

# Docker Engine.
run sh -c "tar -C '$work/image' -c probe.wasm | docker import -c 'CMD [\"/probe.wasm\", \"hello\"]' - $plain/docker/imported:1"
run docker push -q "$plain/docker/imported:1"
is "docker: push" 0 "$code"
runs "docker: imported" "$plain/docker/imported:1"
run env DOCKER_BUILDKIT=0 docker build -q -t "$plain/docker/built:1" -f "$work/registry/context/Containerfile.docker" "$work/registry/context"
run docker push -q "$plain/docker/built:1"
runs "docker: built" "$plain/docker/built:1"

# Podman: Docker's format, OCI's, and layers in zstd.
run podman build -q -t drydock-test-registry -f "$work/registry/context/Containerfile.docker" "$work/registry/context"
for form in v2s2 oci; do
  run podman push -q --tls-verify=false --format "$form" drydock-test-registry "$plain/podman/$form:1"
  is "podman: push $form" 0 "$code"
  runs "podman: $form" "$plain/podman/$form:1"
done
run podman push -q --tls-verify=false --format oci --compression-format zstd drydock-test-registry "$plain/podman/zstd:1"
is "podman: push zstd" 0 "$code"
runs "podman: zstd" "$plain/podman/zstd:1"
run podman build -q --platform wasi/wasm -t drydock-test-wasi -f "$work/registry/context/Containerfile.docker" "$work/registry/context"
run podman push -q --tls-verify=false drydock-test-wasi "$plain/podman/wasi:1"
runs "podman: wasi/wasm" "$plain/podman/wasi:1"

# Every shape that Drydock writes, read by the others.
run "$own" build -q -t one --sbom spdx "$work/registry/context"
is "build: wasi/wasm" 0 "$code"
run "$own" build -q -t linux --platform linux/amd64 "$work/registry/context"
run "$own" build -q -t both --platform wasi/wasm,linux/amd64 "$work/registry/context"
run "$own" build -q -t artifact --artifact "$work/registry/context"
for shape in one linux both artifact; do
  run "$own" push "$shape" "$plain/drydock/$shape:1"
  is "push: $shape" 0 "$code"
done
digest() { jq -r '.manifests[0].digest' "$1/index.json"; }
wasi="--override-os wasi --override-arch wasm"
for shape in one linux both artifact; do
  platform=
  case $shape in one | both) platform=$wasi ;; esac
  layout=$work/registry/layout-$shape
  run skopeo --insecure-policy $platform copy --src-tls-verify=false "docker://$plain/drydock/$shape:1" "oci:$layout:1"
  is "skopeo: copies $shape" 0 "$code"
  run skopeo --insecure-policy $platform copy "oci:$layout:1" "dir:$work/registry/dir-$shape"
  is "skopeo: checks the layout of $shape" 0 "$code"
  [ "$shape" = artifact ] && { is "skopeo: the module of the artifact" "$(sha256sum <"$work/image/probe.wasm")" \
    "$(sha256sum <"$work/registry/dir-artifact/$(jq -r '.layers[0].digest[7:]' "$work/registry/dir-artifact/manifest.json")")"; continue; }
  # Its other way to unpack makes a bundle too, for Linux only.
  run umoci raw unpack --rootless --image "$layout:1" "$work/registry/unpacked-$shape"
  is "umoci: unpacks $shape" 0 "$code"
  is "umoci: the module of $shape" 0 "$(cmp "$work/image/probe.wasm" "$work/registry/unpacked-$shape/probe.wasm"; echo $?)"
done
run skopeo --insecure-policy copy --all --src-tls-verify=false "docker://$plain/drydock/both:1" "oci:$work/registry/layout-all:1"
is "skopeo: copies an index whole" "0 2" "$code $(jq '.manifests | length' "$work/registry/layout-all/blobs/sha256/$(digest "$work/registry/layout-all" | cut -d: -f2)")"
run skopeo inspect --tls-verify=false "docker://$plain/drydock/both:1"
is "skopeo: takes this machine's of an index" "amd64" "$(jq -r .Architecture <<<"$out")"

for image in "one --platform=wasi/wasm" "linux --platform=linux/amd64" "both --platform=wasi/wasm"; do
  shape=${image%% *}
  gives "podman: pulls and runs $shape" 0 "hello from C" \
    podman run --rm -q --tls-verify=false "${image##* }" "$plain/drydock/$shape:1"
done
run podman pull -q --tls-verify=false "$plain/drydock/artifact:1"
has "podman: refuses the artifact" "^125 .*(unsupported|[Ee]rror)" "$code $err"

for shape in linux both; do
  run docker create --name drydock-test-read "$plain/drydock/$shape:1"
  is "docker: pulls $shape" 0 "$code"
  run docker cp -q drydock-test-read:/probe.wasm "$work/registry/from-docker"
  is "docker: the module of $shape" 0 "$(cmp "$work/image/probe.wasm" "$work/registry/from-docker"; echo $?)"
  run docker rm drydock-test-read
  run docker rmi "$plain/drydock/$shape:1"
done
run docker pull -q "$plain/drydock/one:1"
has "docker: refuses wasi/wasm" "operating system is not supported|no matching manifest|cannot be used on this platform" "$err"

containerd="ctr -a $docker_directory/run/containerd/containerd.sock -n drydock-test"
for image in "one wasi/wasm" "linux linux/amd64" "both wasi/wasm"; do
  shape=${image%% *}
  run $containerd images pull --plain-http --platform "${image##* }" "$plain/drydock/$shape:1"
  is "containerd: pulls $shape" 0 "$code"
  run $containerd images rm "$plain/drydock/$shape:1"
done

# Signatures: Debian's skopeo and Podman are built without them, so they are Drydock's on both sides of the registry.
printf '{"default":[{"type":"reject"}],"transports":{"docker":{"%s":[{"type":"sigstoreSigned","keyPath":"key.pub"}]}}}' \
  "$plain" >"$work/registry/policy.json"
run env COSIGN_PASSWORD=secret "$own" generate-key-pair --output-key-prefix "$work/registry/key"
run "$own" tag one "$plain/drydock/one:1"
run env COSIGN_PASSWORD=secret "$own" sign --key "$work/registry/key.key" "$plain/drydock/one:1"
run "$own" push "$plain/drydock/one:1" "$plain/drydock/one:1"
is "push: with its signature" 0 "$code"
has "referrers: listed under the tag" "^sha256-[0-9a-f]{64}$" "$("$own" tags "$plain/drydock/one")"
export DRYDOCK_POLICY=$work/registry/policy.json DRYDOCK_ROOT=$work/registry/asking
run "$own" pull "$plain/podman/oci:1"
has "policy: what is not signed is not pulled" "is not signed" "$err"
gives "policy: what is signed is pulled and run" 0 "hello from C" "$own" run "$plain/drydock/one:1"
unset DRYDOCK_POLICY
DRYDOCK_ROOT=$work/registry/store

# TLS with an authority of its own, and passwords.
(
  cd "$work/registry/auth" || exit
  echo 'me:$2y$04$w.8RlWIAe/h6fexsnHK1Ce.Em5361qkT/X8l0xsWXxFdlCEtigWdy' >htpasswd
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=Tests" -keyout ca.key -out ca.crt
  openssl req -newkey rsa:2048 -nodes -subj "/CN=registry" -keyout server.key -out server.csr
  echo subjectAltName=IP:127.0.0.1 >extensions
  openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile extensions -out server.crt
) >/dev/null 2>&1
cp "$work/registry/auth/ca.crt" "$work/registry/certs/"
start_registry closed "  tls: { certificate: $work/registry/auth/server.crt, key: $work/registry/auth/server.key }
auth: { htpasswd: { realm: tests, path: $work/registry/auth/htpasswd } }"
closed=$address
tls="--cert-dir $work/registry/certs"
run "$own" push one "$closed/drydock/one:1"
has "closed: an authority that is not known" "^125 .*certificate is not trusted" "$code $err"
run "$own" push $tls one "$closed/drydock/one:1"
has "closed: no credentials" "^125 .*drydock login" "$code $err"
run sh -c "echo secret | podman login $tls --authfile $work/registry/podman.json -u me --password-stdin $closed"
run podman push -q $tls --authfile "$work/registry/podman.json" drydock-test-registry "$closed/podman/one:1"
is "closed: podman pushes" 0 "$code"
runs "closed: with podman's credentials" "$closed/podman/one:1" $tls --authfile "$work/registry/podman.json"
run sh -c "echo secret | docker login -u me --password-stdin $closed"
run docker tag "$plain/docker/built:1" "$closed/docker/built:1"
run docker push -q "$closed/docker/built:1"
is "closed: docker pushes" 0 "$code"
runs "closed: with docker's credentials" "$closed/docker/built:1" $tls
run sh -c "echo secret | $own login $tls --authfile $work/registry/own.json -u me --password-stdin $closed"
is "closed: login" 0 "$code"
run "$own" push $tls --authfile "$work/registry/own.json" one "$closed/drydock/one:1"
is "closed: push" 0 "$code"
run podman pull -q $tls --authfile "$work/registry/own.json" --platform wasi/wasm "$closed/drydock/one:1"
is "closed: podman pulls with Drydock's credentials" 0 "$code"
unset DRYDOCK_ROOT
