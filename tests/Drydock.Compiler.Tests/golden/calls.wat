;; Direct, imported and indirect calls, and what a recursive function keeps across them.
(module
  (import "m" "f" (func $import (param i32) (result i32)))
  (type $unary (func (param i32) (result i32)))
  (table 4 funcref)
  (func $fib (param i32) (result i32)
    (if (result i32) (i32.lt_u (local.get 0) (i32.const 2))
      (then (local.get 0))
      (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                     (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
  (func (param i32) (result i32) (call $import (call $fib (local.get 0))))
  (func (param i32 i32) (result i32) (call_indirect (type $unary) (local.get 0) (local.get 1))))
;; listing
;; function 1
;;   0000  push    rbp
;;   0001  mov     rbp,rsp
;;   0004  mov     rax,[rdi+8]
;;   0008  lea     r11,[rsp-20h]
;;   0010  cmp     r11,[rax]
;;   0013  jb      71h
;;   0019  push    rbx
;;   001a  push    r12
;;   001c  sub     rsp,10h
;;   0023  mov     rbx,rdi
;;   0026  mov     r12,rsi
;;   0029  cmp     r12d,2
;;   002d  jae     3Bh
;;   0033  mov     eax,r12d
;;   0036  jmp     67h
;;   003b  lea     eax,[r12-1]
;;   0040  mov     rsi,rax
;;   0043  mov     rdi,rbx
;;   0046  call    qword ptr [4Ch]
;;   004c  lea     ecx,[r12-2]
;;   0051  mov     [rbp-20h],eax
;;   0054  mov     rsi,rcx
;;   0057  mov     rdi,rbx
;;   005a  call    qword ptr [60h]
;;   0060  mov     ecx,[rbp-20h]
;;   0063  add     ecx,eax
;;   0065  mov     eax,ecx
;;   0067  mov     rbx,[rbp-8]
;;   006b  mov     r12,[rbp-10h]
;;   006f  leave
;;   0070  ret
;;   0071  ud2
;;   trap at 0071: call stack exhausted
;; function 2
;;   0000  push    rbp
;;   0001  mov     rbp,rsp
;;   0004  mov     rax,[rdi+8]
;;   0008  lea     r11,[rsp-10h]
;;   0010  cmp     r11,[rax]
;;   0013  jb      43h
;;   0019  push    rbx
;;   001a  sub     rsp,8
;;   0021  mov     rbx,rdi
;;   0024  mov     [rbp-10h],esi
;;   0027  mov     esi,[rbp-10h]
;;   002a  mov     rdi,rbx
;;   002d  call    qword ptr [33h]
;;   0033  mov     rsi,rax
;;   0036  mov     rdi,[rbx+38h]
;;   003a  call    qword ptr [rbx+30h]
;;   003d  mov     rbx,[rbp-8]
;;   0041  leave
;;   0042  ret
;;   0043  ud2
;;   trap at 0043: call stack exhausted
;; function 3
;;   0000  push    rbp
;;   0001  mov     rbp,rsp
;;   0004  mov     rax,[rdi+8]
;;   0008  lea     r11,[rsp-20h]
;;   0010  cmp     r11,[rax]
;;   0013  jb      68h
;;   0019  push    rbx
;;   001a  sub     rsp,18h
;;   0021  mov     rbx,rdi
;;   0024  mov     [rbp-10h],esi
;;   0027  mov     [rbp-18h],edx
;;   002a  mov     eax,[rbp-18h]
;;   002d  mov     r11,[rbx+40h]
;;   0031  cmp     rax,[r11+8]
;;   0035  jae     6Ah
;;   003b  mov     r11,[r11]
;;   003e  mov     r11,[r11+rax*8]
;;   0042  test    r11,r11
;;   0045  je      6Ch
;;   004b  mov     r10d,[rbx+48h]
;;   004f  cmp     r10d,[r11+10h]
;;   0053  jne     6Eh
;;   0059  mov     esi,[rbp-10h]
;;   005c  mov     rdi,rbx
;;   005f  call    qword ptr [r11]
;;   0062  mov     rbx,[rbp-8]
;;   0066  leave
;;   0067  ret
;;   0068  ud2
;;   006a  ud2
;;   006c  ud2
;;   006e  ud2
;;   trap at 0068: call stack exhausted
;;   trap at 006a: undefined element
;;   trap at 006c: uninitialized element
;;   trap at 006e: indirect call type mismatch
