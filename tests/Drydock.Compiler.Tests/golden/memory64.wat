;; Accesses that are compared with the memory's size, of the first memory and of another.
(module
  (memory i64 1)
  (memory $other i64 1)
  (func (param i64) (result i64) (i64.load offset=8 (local.get 0)))
  (func (param i64 i32) (i32.store8 $other (local.get 0) (local.get 1)))
  (func (param i64) (result f64) (f64.load offset=0x100000000 (local.get 0))))
;; listing
;; function 0
;;   0000  push    rbp
;;   0001  mov     rbp,rsp
;;   0004  mov     rax,[rdi+8]
;;   0008  lea     r11,[rsp-20h]
;;   0010  cmp     r11,[rax]
;;   0013  jb      58h
;;   0019  push    rbx
;;   001a  push    r15
;;   001c  sub     rsp,10h
;;   0023  mov     r15,[rdi]
;;   0026  mov     rbx,rdi
;;   0029  mov     r9,rsi
;;   002c  mov     r11d,10h
;;   0032  add     r11,r9
;;   0035  jb      5Ah
;;   003b  mov     rax,[rbx+30h]
;;   003f  cmp     r11,[rax+8]
;;   0043  ja      5Ch
;;   0049  mov     rax,[r15+r11-8]
;;   004e  mov     rbx,[rbp-8]
;;   0052  mov     r15,[rbp-10h]
;;   0056  leave
;;   0057  ret
;;   0058  ud2
;;   005a  ud2
;;   005c  ud2
;;   trap at 0049: out of bounds memory access
;;   trap at 0058: call stack exhausted
;;   trap at 005a: out of bounds memory access
;;   trap at 005c: out of bounds memory access
;; function 1
;;   0000  push    rbp
;;   0001  mov     rbp,rsp
;;   0004  mov     rax,[rdi+8]
;;   0008  lea     r11,[rsp-20h]
;;   0010  cmp     r11,[rax]
;;   0013  jb      55h
;;   0019  push    rbx
;;   001a  sub     rsp,18h
;;   0021  mov     rbx,rdi
;;   0024  mov     r8,rdx
;;   0027  mov     r9,rsi
;;   002a  mov     r11d,1
;;   0030  add     r11,r9
;;   0033  jb      57h
;;   0039  mov     rax,[rbx+38h]
;;   003d  cmp     r11,[rax+8]
;;   0041  ja      59h
;;   0047  mov     rax,[rax]
;;   004a  mov     [rax+r11-1],r8b
;;   004f  mov     rbx,[rbp-8]
;;   0053  leave
;;   0054  ret
;;   0055  ud2
;;   0057  ud2
;;   0059  ud2
;;   trap at 004a: out of bounds memory access
;;   trap at 0055: call stack exhausted
;;   trap at 0057: out of bounds memory access
;;   trap at 0059: out of bounds memory access
;; function 2
;;   0000  push    rbp
;;   0001  mov     rbp,rsp
;;   0004  mov     rax,[rdi+8]
;;   0008  lea     r11,[rsp-20h]
;;   0010  cmp     r11,[rax]
;;   0013  jb      5Eh
;;   0019  push    rbx
;;   001a  push    r15
;;   001c  sub     rsp,10h
;;   0023  mov     r15,[rdi]
;;   0026  mov     rbx,rdi
;;   0029  mov     r9,rsi
;;   002c  mov     r11,100000008h
;;   0036  add     r11,r9
;;   0039  jb      60h
;;   003f  mov     rax,[rbx+30h]
;;   0043  cmp     r11,[rax+8]
;;   0047  ja      62h
;;   004d  vmovsd  xmm0,[r15+r11-8]
;;   0054  mov     rbx,[rbp-8]
;;   0058  mov     r15,[rbp-10h]
;;   005c  leave
;;   005d  ret
;;   005e  ud2
;;   0060  ud2
;;   0062  ud2
;;   trap at 004d: out of bounds memory access
;;   trap at 005e: call stack exhausted
;;   trap at 0060: out of bounds memory access
;;   trap at 0062: out of bounds memory access
