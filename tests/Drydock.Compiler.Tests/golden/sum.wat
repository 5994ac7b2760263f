;; A loop over memory: locals stay in registers, the comparison is fused with the branch, the offset is in the address.
(module
  (memory 1)
  (func (param $p i32) (param $n i32) (result i32)
    (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (i32.load offset=8 (local.get $p))))
      (local.set $p (i32.add (local.get $p) (i32.const 4)))
      (br_if $next (i32.gt_s (local.tee $n (i32.sub (local.get $n) (i32.const 1))) (i32.const 0))))
    (local.get $sum)))
;; listing
;; function 0
;;   0000  push    rbp
;;   0001  mov     rbp,rsp
;;   0004  mov     rax,[rdi+8]
;;   0008  lea     r11,[rsp-20h]
;;   0010  cmp     r11,[rax]
;;   0013  jb      4Ah
;;   0019  push    r15
;;   001b  sub     rsp,18h
;;   0022  mov     r15,[rdi]
;;   0025  mov     rdi,rdx
;;   0028  mov     r9,rsi
;;   002b  xor     r8d,r8d
;;   002e  mov     eax,[r15+r9+8]
;;   0033  add     r8d,eax
;;   0036  add     r9d,4
;;   003a  add     edi,0FFFFFFFFh
;;   003d  test    edi,edi
;;   003f  jg      2Eh
;;   0041  mov     eax,r8d
;;   0044  mov     r15,[rbp-8]
;;   0048  leave
;;   0049  ret
;;   004a  ud2
;;   trap at 002e: out of bounds memory access
;;   trap at 004a: call stack exhausted
