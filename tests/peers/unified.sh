# The runtime where control groups are of version 2 alone: in a virtual machine with Debian's kernel, emulated, because the
# machine's own groups may be of version 1. Not among what is run by default: it downloads a kernel and takes minutes.

. "$repository/tests/peers/bundles.sh"
scripts/require qemu-system-x86_64=qemu-system-x86 cpio=cpio || return
machine=$work/machine
mkdir -p "$machine"/{kernel,root/{bin,etc,lib64,root,usr/bin,usr/sbin}}
chmod 755 "$work" "$machine"
kernel=$(apt-cache search 'linux-image-6.*cloud-amd64' | awk '{ print $1 }' | grep -vE 'dbg|unsigned' | sort -V | tail -1)
(cd "$machine" && apt-get download "$kernel" >/dev/null 2>&1 && dpkg-deb -x ./*.deb kernel)
has "unified: a kernel" vmlinuz "$(ls "$machine/kernel/boot")"

# What the machine's programs consist of.
cp /bin/busybox "$machine/root/bin/busybox"
cp "$(command -v crun)" "$machine/root/usr/bin/"
cp "$(command -v runc)" "$machine/root/usr/sbin/"
cp "$work/bin/drydock" "$machine/root/usr/bin/drydock"
ln -s drydock "$machine/root/usr/bin/drydock-runtime"
for library in $(ldd "$(command -v crun)" "$(command -v runc)" "$work/bin/drydock" | grep -oE '/[^ ]+\.so[^ ]*' | sort -u); do
  mkdir -p "$machine/root/$(dirname "$library")"
  cp -L "$library" "$machine/root/$library"
done
limits='.linux.resources={"memory":{"limit":16777216},"pids":{"limit":32}}'
bundle unified-hello '["/probe.wasm","hello"]' "$limits | .root.path=\"/bundles/root\""
for each in 'large ["/large.wasm"]' 'wait ["/probe.wasm","wait"]'; do bundle "unified-${each%% *}" "${each#* }" "$limits | .root.path=\"/bundles/root\""; done
mkdir -p "$machine/root/bundles"
cp -r "$work/bundles/unified-hello/rootfs" "$machine/root/bundles/root"
for each in hello large wait; do
  mkdir "$machine/root/bundles/$each"
  cp "$work/bundles/unified-$each/config.json" "$machine/root/bundles/$each/"
done
cp tests/peers/unified-init "$machine/root/init"
(cd "$machine/root" && find . | cpio -o -H newc --quiet | gzip -1 >../files.gz)

patience=600 run qemu-system-x86_64 -accel tcg,thread=multi -cpu max -m 2048 -smp 2 -nographic -no-reboot -nic none \
  -kernel "$machine"/kernel/boot/vmlinuz* -initrd "$machine/files.gz" -append "console=ttyS0 quiet panic=-1"
is "unified: nothing fails" "" "$(tr -d '\r' <<<"$out" | grep FAIL)"
is "unified: how much is tested" 25 "$(tr -d '\r' <<<"$out" | grep -c '^PASS')"
