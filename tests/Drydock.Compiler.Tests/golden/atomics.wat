;; Atomic accesses: checked for alignment, exchanged, locked, and tried again.
(module
  (memory 1 1 shared)
  (func (param i32) (result i32) (i32.atomic.load offset=4 (local.get 0)))
  (func (param i32 i64) (i64.atomic.store (local.get 0) (local.get 1)))
  (func (param i32 i32) (result i32) (i32.atomic.rmw8.sub_u (local.get 0) (local.get 1)))
  (func (param i32 i32) (result i32) (i32.atomic.rmw16.xor_u offset=1 (local.get 0) (local.get 1)))
  (func (param i32 i64 i64) (result i64) (i64.atomic.rmw.cmpxchg (local.get 0) (local.get 1) (local.get 2))))
;; listing
;; function 0
;;   0000  push    rbp
;;   0001  mov     rbp,rsp
;;   0004  mov     rax,[rdi+8]
;;   0008  lea     r11,[rsp-20h]
;;   0010  cmp     r11,[rax]
;;   0013  jb      48h
;;   0019  push    rbx
;;   001a  push    r15
;;   001c  sub     rsp,10h
;;   0023  mov     r15,[rdi]
;;   0026  mov     rbx,rdi
;;   0029  mov     r9,rsi
;;   002c  test    r9d,3
;;   0033  jne     4Ah
;;   0039  mov     eax,[r15+r9+4]
;;   003e  mov     rbx,[rbp-8]
;;   0042  mov     r15,[rbp-10h]
;;   0046  leave
;;   0047  ret
;;   0048  ud2
;;   004a  ud2
;;   trap at 0039: out of bounds memory access
;;   trap at 0048: call stack exhausted
;;   trap at 004a: unaligned atomic
;; function 1
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
;;   0029  mov     r8,rdx
;;   002c  mov     r9,rsi
;;   002f  mov     rax,r8
;;   0032  test    r9d,7
;;   0039  jne     4Fh
;;   003f  xchg    [r15+r9],rax
;;   0043  mov     rbx,[rbp-8]
;;   0047  mov     r15,[rbp-10h]
;;   004b  leave
;;   004c  ret
;;   004d  ud2
;;   004f  ud2
;;   trap at 003f: out of bounds memory access
;;   trap at 004d: call stack exhausted
;;   trap at 004f: unaligned atomic
;; function 2
;;   0000  push    rbp
;;   0001  mov     rbp,rsp
;;   0004  mov     rax,[rdi+8]
;;   0008  lea     r11,[rsp-20h]
;;   0010  cmp     r11,[rax]
;;   0013  jb      47h
;;   0019  push    rbx
;;   001a  push    r15
;;   001c  sub     rsp,10h
;;   0023  mov     r15,[rdi]
;;   0026  mov     rbx,rdi
;;   0029  mov     r8,rdx
;;   002c  mov     r9,rsi
;;   002f  mov     eax,r8d
;;   0032  neg     eax
;;   0034  lock xadd [r15+r9],al
;;   003a  movzx   eax,al
;;   003d  mov     rbx,[rbp-8]
;;   0041  mov     r15,[rbp-10h]
;;   0045  leave
;;   0046  ret
;;   0047  ud2
;;   trap at 0034: out of bounds memory access
;;   trap at 0047: call stack exhausted
;; function 3
;;   0000  push    rbp
;;   0001  mov     rbp,rsp
;;   0004  mov     rax,[rdi+8]
;;   0008  lea     r11,[rsp-20h]
;;   0010  cmp     r11,[rax]
;;   0013  jb      6Eh
;;   0019  push    rbx
;;   001a  push    r15
;;   001c  sub     rsp,10h
;;   0023  mov     r15,[rdi]
;;   0026  mov     rbx,rdi
;;   0029  mov     r8,rdx
;;   002c  mov     r9,rsi
;;   002f  mov     eax,r8d
;;   0032  mov     rcx,rax
;;   0035  mov     eax,r9d
;;   0038  mov     rdx,rax
;;   003b  lea     r11d,[rdx+1]
;;   003f  test    r11d,1
;;   0046  jne     70h
;;   004c  movzx   eax,word ptr [r15+rdx+1]
;;   0052  mov     rsi,rax
;;   0055  xor     esi,ecx
;;   0057  lock cmpxchg [r15+rdx+1],si
;;   005f  jne     52h
;;   0061  movzx   eax,ax
;;   0064  mov     rbx,[rbp-8]
;;   0068  mov     r15,[rbp-10h]
;;   006c  leave
;;   006d  ret
;;   006e  ud2
;;   0070  ud2
;;   trap at 004c: out of bounds memory access
;;   trap at 006e: call stack exhausted
;;   trap at 0070: unaligned atomic
;; function 4
;;   0000  push    rbp
;;   0001  mov     rbp,rsp
;;   0004  mov     rax,[rdi+8]
;;   0008  lea     r11,[rsp-30h]
;;   0010  cmp     r11,[rax]
;;   0013  jb      63h
;;   0019  push    rbx
;;   001a  push    r15
;;   001c  sub     rsp,20h
;;   0023  mov     r15,[rdi]
;;   0026  mov     rbx,rdi
;;   0029  mov     rdi,rcx
;;   002c  mov     r8,rdx
;;   002f  mov     r9,rsi
;;   0032  mov     rax,rdi
;;   0035  mov     rcx,rax
;;   0038  mov     rax,r8
;;   003b  mov     rdx,rax
;;   003e  mov     eax,r9d
;;   0041  mov     rsi,rax
;;   0044  mov     rax,rdx
;;   0047  test    esi,7
;;   004d  jne     65h
;;   0053  lock cmpxchg [r15+rsi],rcx
;;   0059  mov     rbx,[rbp-8]
;;   005d  mov     r15,[rbp-10h]
;;   0061  leave
;;   0062  ret
;;   0063  ud2
;;   0065  ud2
;;   trap at 0053: out of bounds memory access
;;   trap at 0063: call stack exhausted
;;   trap at 0065: unaligned atomic
