# Bundles for runtimes that are called by hand.

# bundle NAME ARGS-AS-JSON [JQ]: a bundle whose root holds the image's files.
bundle() {
  local directory=$work/bundles/$1
  mkdir -p "$directory/rootfs"
  cp "$work"/image/* "$directory/rootfs/"
  [ -f "$work/spec.json" ] || (cd "$work" && runc spec && mv config.json spec.json)
  jq ".process.terminal=false | del(.process.rlimits) | .root.path=\"$directory/rootfs\" | .process.args=$2 | ${3:-.}" \
    "$work/spec.json" >"$directory/config.json"
}
