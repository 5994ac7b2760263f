;; Division checks for zero and for overflow; the traps are out of line.
(module
  (func (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func (param i64 i64) (result i64) (i64.rem_s (local.get 0) (local.get 1)))
  (func (param i32) (result i32) (i32.div_u (local.get 0) (i32.const 10))))
;; listing
;; function 0
;;   0000  push    rbp
;;   0001  mov     rbp,rsp
;;   0004  mov     rax,[rdi+8]
;;   0008  lea     r11,[rsp-10h]
;;   0010  cmp     r11,[rax]
;;   0013  jb      4Bh
;;   0019  sub     rsp,10h
;;   0020  mov     r8,rdx
;;   0023  mov     r9,rsi
;;   0026  mov     r11d,r8d
;;   0029  mov     eax,r9d
;;   002c  test    r11d,r11d
;;   002f  je      4Dh
;;   0035  cmp     r11d,0FFFFFFFFh
;;   0039  jne     45h
;;   003b  neg     eax
;;   003d  jo      4Fh
;;   0043  jmp     49h
;;   0045  cdq
;;   0046  idiv    r11d
;;   0049  leave
;;   004a  ret
;;   004b  ud2
;;   004d  ud2
;;   004f  ud2
;;   trap at 004b: call stack exhausted
;;   trap at 004d: integer divide by zero
;;   trap at 004f: integer overflow
;; function 1
;;   0000  push    rbp
;;   0001  mov     rbp,rsp
;;   0004  mov     rax,[rdi+8]
;;   0008  lea     r11,[rsp-10h]
;;   0010  cmp     r11,[rax]
;;   0013  jb      49h
;;   0019  sub     rsp,10h
;;   0020  mov     r8,rdx
;;   0023  mov     r9,rsi
;;   0026  mov     r11,r8
;;   0029  mov     rax,r9
;;   002c  test    r11,r11
;;   002f  je      4Bh
;;   0035  cmp     r11,0FFFFFFFFFFFFFFFFh
;;   0039  jne     3Fh
;;   003b  xor     edx,edx
;;   003d  jmp     44h
;;   003f  cqo
;;   0041  idiv    r11
;;   0044  mov     rax,rdx
;;   0047  leave
;;   0048  ret
;;   0049  ud2
;;   004b  ud2
;;   trap at 0049: call stack exhausted
;;   trap at 004b: integer divide by zero
;; function 2
;;   0000  push    rbp
;;   0001  mov     rbp,rsp
;;   0004  mov     rax,[rdi+8]
;;   0008  lea     r11,[rsp-10h]
;;   0010  cmp     r11,[rax]
;;   0013  jb      33h
;;   0019  sub     rsp,10h
;;   0020  mov     r9,rsi
;;   0023  mov     r11d,0Ah
;;   0029  mov     eax,r9d
;;   002c  xor     edx,edx
;;   002e  div     r11d
;;   0031  leave
;;   0032  ret
;;   0033  ud2
;;   trap at 0033: call stack exhausted
