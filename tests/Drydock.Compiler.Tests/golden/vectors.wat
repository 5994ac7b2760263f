;; Vectors stay in registers from load to store.
(module
  (memory 1)
  (func (param $p i32)
    (v128.store (local.get $p)
      (i32x4.add (v128.load (local.get $p)) (v128.load offset=16 (local.get $p)))))
  (func (param v128 v128) (result v128)
    (i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23 (local.get 0) (local.get 1))))
;; listing
;; function 0
;;   0000  push    rbp
;;   0001  mov     rbp,rsp
;;   0004  mov     rax,[rdi+8]
;;   0008  lea     r11,[rsp-20h]
;;   0010  cmp     r11,[rax]
;;   0013  jb      4Dh
;;   0019  push    rbx
;;   001a  push    r15
;;   001c  sub     rsp,10h
;;   0023  mov     r15,[rdi]
;;   0026  mov     rbx,rdi
;;   0029  mov     r9,rsi
;;   002c  vmovdqu xmm0,[r15+r9]
;;   0032  vmovdqu xmm1,[r15+r9+10h]
;;   0039  vpaddd  xmm0,xmm0,xmm1
;;   003d  vmovups [r15+r9],xmm0
;;   0043  mov     rbx,[rbp-8]
;;   0047  mov     r15,[rbp-10h]
;;   004b  leave
;;   004c  ret
;;   004d  ud2
;;   trap at 002c: out of bounds memory access
;;   trap at 0032: out of bounds memory access
;;   trap at 003d: out of bounds memory access
;;   trap at 004d: call stack exhausted
;; function 1
;;   0000  push    rbp
;;   0001  mov     rbp,rsp
;;   0004  mov     rax,[rdi+8]
;;   0008  lea     r11,[rsp-30h]
;;   0010  cmp     r11,[rax]
;;   0013  jb      40h
;;   0019  push    rbx
;;   001a  push    r15
;;   001c  sub     rsp,20h
;;   0023  mov     r15,[rdi]
;;   0026  mov     rbx,rdi
;;   0029  vmovaps xmm12,xmm1
;;   002d  vmovaps xmm13,xmm0
;;   0031  vpunpckldq xmm0,xmm13,xmm12
;;   0036  mov     rbx,[rbp-8]
;;   003a  mov     r15,[rbp-10h]
;;   003e  leave
;;   003f  ret
;;   0040  ud2
;;   trap at 0040: call stack exhausted
