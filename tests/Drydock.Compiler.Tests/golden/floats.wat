;; Float arithmetic in registers, and a comparison fused with a select.
(module
  (func (param f64 f64) (result f64)
    (f64.add (f64.mul (local.get 0) (local.get 0)) (f64.sqrt (local.get 1))))
  (func (param f32 f32) (result f32)
    (select (local.get 0) (local.get 1) (f32.lt (local.get 0) (local.get 1)))))
;; listing
;; function 0
;;   0000  push    rbp
;;   0001  mov     rbp,rsp
;;   0004  mov     rax,[rdi+8]
;;   0008  lea     r11,[rsp-10h]
;;   0010  cmp     r11,[rax]
;;   0013  jb      3Ch
;;   0019  sub     rsp,10h
;;   0020  vmovaps xmm12,xmm1
;;   0024  vmovaps xmm13,xmm0
;;   0028  vmulsd  xmm0,xmm13,xmm13
;;   002d  vmovaps xmm1,xmm12
;;   0032  vsqrtsd xmm1,xmm1,xmm1
;;   0036  vaddsd  xmm0,xmm0,xmm1
;;   003a  leave
;;   003b  ret
;;   003c  ud2
;;   trap at 003c: call stack exhausted
;; function 1
;;   0000  push    rbp
;;   0001  mov     rbp,rsp
;;   0004  mov     rax,[rdi+8]
;;   0008  lea     r11,[rsp-10h]
;;   0010  cmp     r11,[rax]
;;   0013  jb      3Fh
;;   0019  sub     rsp,10h
;;   0020  vmovaps xmm12,xmm1
;;   0024  vmovaps xmm13,xmm0
;;   0028  vucomiss xmm12,xmm13
;;   002d  vmovaps xmm0,xmm13
;;   0032  ja      3Dh
;;   0038  vmovaps xmm0,xmm12
;;   003d  leave
;;   003e  ret
;;   003f  ud2
;;   trap at 003f: call stack exhausted
