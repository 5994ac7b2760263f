;; Tail calls that fit in the caller's place, that need more room on the stack, and through a reference.
(module
  (type $wide (func (param i64 i64 i64 i64 i64 i64 i64) (result i64)))
  (type $unary (func (param i32) (result i32)))
  (func $count (param i32 i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
    (return_call $count (i32.sub (local.get 0) (i32.const 1)) (i32.add (local.get 1) (local.get 0))))
  (func $wide (type $wide) (local.get 6))
  (func (param i64) (result i64)
    (return_call $wide (local.get 0) (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4) (i64.const 5) (i64.const 6)))
  (func (param i32 (ref null $unary)) (result i32) (return_call_ref $unary (local.get 0) (local.get 1))))
;; listing
;; function 0
;;   0000  push    rbp
;;   0001  mov     rbp,rsp
;;   0004  mov     rax,[rdi+8]
;;   0008  lea     r11,[rsp-20h]
;;   0010  cmp     r11,[rax]
;;   0013  jb      6Ah
;;   0019  push    rbx
;;   001a  push    r12
;;   001c  sub     rsp,10h
;;   0023  mov     rbx,rdi
;;   0026  mov     [rbp-20h],edx
;;   0029  mov     r12,rsi
;;   002c  test    r12d,r12d
;;   002f  jne     3Dh
;;   0035  mov     eax,[rbp-20h]
;;   0038  jmp     60h
;;   003d  lea     eax,[r12-1]
;;   0042  mov     ecx,[rbp-20h]
;;   0045  add     ecx,r12d
;;   0048  mov     rdx,rcx
;;   004b  mov     rsi,rax
;;   004e  mov     rdi,rbx
;;   0051  mov     rbx,[rbp-8]
;;   0055  mov     r12,[rbp-10h]
;;   0059  leave
;;   005a  jmp     qword ptr [60h]
;;   0060  mov     rbx,[rbp-8]
;;   0064  mov     r12,[rbp-10h]
;;   0068  leave
;;   0069  ret
;;   006a  ud2
;;   trap at 006a: call stack exhausted
;; function 1
;;   0000  push    rbp
;;   0001  mov     rbp,rsp
;;   0004  mov     rax,[rdi+8]
;;   0008  lea     r11,[rsp-40h]
;;   0010  cmp     r11,[rax]
;;   0013  jb      45h
;;   0019  sub     rsp,40h
;;   0020  mov     [rbp-8],rsi
;;   0024  mov     [rbp-10h],rdx
;;   0028  mov     [rbp-18h],rcx
;;   002c  mov     [rbp-20h],r8
;;   0030  mov     [rbp-28h],r9
;;   0034  mov     r11,[rbp+10h]
;;   0038  mov     [rbp-30h],r11
;;   003c  mov     r9,[rbp+18h]
;;   0040  mov     rax,r9
;;   0043  leave
;;   0044  ret
;;   0045  ud2
;;   trap at 0045: call stack exhausted
;; function 2
;;   0000  push    rbp
;;   0001  mov     rbp,rsp
;;   0004  mov     rax,[rdi+8]
;;   0008  lea     r11,[rsp-40h]
;;   0010  cmp     r11,[rax]
;;   0013  jb      0A3h
;;   0019  push    rbx
;;   001a  sub     rsp,38h
;;   0021  mov     rbx,rdi
;;   0024  mov     [rbp-10h],rsi
;;   0028  mov     qword ptr [rsp],5
;;   0030  mov     qword ptr [rsp+8],6
;;   0039  mov     rsi,[rbp-10h]
;;   003d  mov     edx,1
;;   0042  mov     ecx,2
;;   0047  mov     r8d,3
;;   004d  mov     r9d,4
;;   0053  mov     rdi,rbx
;;   0056  mov     r10,[rbx+10h]
;;   005a  mov     r10,[r10+70h]
;;   005e  mov     rbx,[rbp-8]
;;   0062  cmp     r10,[rbp+8]
;;   0066  jne     8Bh
;;   006c  lea     rax,[rbp+20h]
;;   0070  cmp     rax,[rbp]
;;   0074  ja      8Bh
;;   007a  vmovups xmm15,[rsp]
;;   007f  vmovups [rbp+10h],xmm15
;;   0084  leave
;;   0085  jmp     qword ptr [8Bh]
;;   008b  vmovups xmm15,[rsp]
;;   0090  vmovups [rbp-10h],xmm15
;;   0095  mov     [rbp-18h],r10
;;   0099  lea     rsp,[rbp-18h]
;;   009d  jmp     qword ptr [0A3h]
;;   00a3  ud2
;;   trap at 00a3: call stack exhausted
;; function 3
;;   0000  push    rbp
;;   0001  mov     rbp,rsp
;;   0004  mov     rax,[rdi+8]
;;   0008  lea     r11,[rsp-20h]
;;   0010  cmp     r11,[rax]
;;   0013  jb      4Dh
;;   0019  push    rbx
;;   001a  sub     rsp,18h
;;   0021  mov     rbx,rdi
;;   0024  mov     [rbp-10h],esi
;;   0027  mov     [rbp-18h],rdx
;;   002b  mov     rax,[rbp-18h]
;;   002f  mov     r11,rax
;;   0032  test    r11,r11
;;   0035  je      4Fh
;;   003b  mov     esi,[rbp-10h]
;;   003e  mov     rdi,[r11+8]
;;   0042  mov     r11,[r11]
;;   0045  mov     rbx,[rbp-8]
;;   0049  leave
;;   004a  jmp     r11
;;   004d  ud2
;;   004f  ud2
;;   trap at 004d: call stack exhausted
;;   trap at 004f: null function reference
