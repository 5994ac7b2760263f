(module
  (type $point (sub (struct (field i32) (field (mut i64)))))
  (type $point3 (sub final $point (struct (field i32) (field (mut i64)) (field f32))))
  (type $bytes (array (mut i8)))
  (func (param i32 i64) (result anyref)
    (struct.new $point (local.get 0) (local.get 1)))
  (func (param (ref null $point)) (result i64)
    (struct.get $point 1 (local.get 0)))
  (func (param (ref null $bytes) i32 i32)
    (array.set $bytes (local.get 0) (local.get 1) (i32.add (local.get 2) (array.get_u $bytes (local.get 0) (local.get 1)))))
  (func (param anyref) (result i32)
    (i32.add (ref.test (ref $point) (local.get 0)) (i32.add (ref.test (ref null $point3) (local.get 0)) (ref.test (ref eq) (local.get 0)))))
  (func (param anyref) (result (ref $point3))
    (ref.cast (ref $point3) (local.get 0))))
;; listing
;; function 0
;;   0000  push    rbp
;;   0001  mov     rbp,rsp
;;   0004  mov     rax,[rdi+8]
;;   0008  lea     r11,[rsp-20h]
;;   0010  cmp     r11,[rax]
;;   0013  jb      72h
;;   0019  push    rbx
;;   001a  sub     rsp,18h
;;   0021  mov     rbx,rdi
;;   0024  mov     r8,rdx
;;   0027  mov     r9,rsi
;;   002a  mov     r11,[rbx+8]
;;   002e  mov     rax,[r11+40h]
;;   0032  lea     rcx,[rax+10h]
;;   0036  cmp     rcx,[r11+48h]
;;   003a  ja      57h
;;   0040  mov     [r11+40h],rcx
;;   0044  mov     ecx,[rbx+30h]
;;   0047  mov     [rax],ecx
;;   0049  mov     [rax+8],r8
;;   004d  mov     [rax+4],r9d
;;   0051  mov     rbx,[rbp-8]
;;   0055  leave
;;   0056  ret
;;   0057  mov     rax,[rbx+10h]
;;   005b  mov     r11d,10h
;;   0061  call    qword ptr [rax+78h]
;;   0064  test    r11,r11
;;   0067  je      74h
;;   006d  mov     rax,r11
;;   0070  jmp     44h
;;   0072  ud2
;;   0074  ud2
;;   trap at 0072: call stack exhausted
;;   trap at 0074: host error
;; function 1
;;   0000  push    rbp
;;   0001  mov     rbp,rsp
;;   0004  mov     rax,[rdi+8]
;;   0008  lea     r11,[rsp-10h]
;;   0010  cmp     r11,[rax]
;;   0013  jb      29h
;;   0019  sub     rsp,10h
;;   0020  mov     r9,rsi
;;   0023  mov     rax,[r9+8]
;;   0027  leave
;;   0028  ret
;;   0029  ud2
;;   trap at 0023: null structure reference
;;   trap at 0029: call stack exhausted
;; function 2
;;   0000  push    rbp
;;   0001  mov     rbp,rsp
;;   0004  mov     rax,[rdi+8]
;;   0008  lea     r11,[rsp-20h]
;;   0010  cmp     r11,[rax]
;;   0013  jb      4Ch
;;   0019  sub     rsp,20h
;;   0020  mov     rdi,rcx
;;   0023  mov     r8,rdx
;;   0026  mov     r9,rsi
;;   0029  cmp     r8d,[r9+4]
;;   002d  jae     4Eh
;;   0033  movzx   eax,byte ptr [r9+r8+8]
;;   0039  add     eax,edi
;;   003b  cmp     r8d,[r9+4]
;;   003f  jae     50h
;;   0045  mov     [r9+r8+8],al
;;   004a  leave
;;   004b  ret
;;   004c  ud2
;;   004e  ud2
;;   0050  ud2
;;   trap at 0029: null array reference
;;   trap at 003b: null array reference
;;   trap at 004c: call stack exhausted
;;   trap at 004e: out of bounds array access
;;   trap at 0050: out of bounds array access
;; function 3
;;   0000  push    rbp
;;   0001  mov     rbp,rsp
;;   0004  mov     rax,[rdi+8]
;;   0008  lea     r11,[rsp-10h]
;;   0010  cmp     r11,[rax]
;;   0013  jb      0D1h
;;   0019  push    rbx
;;   001a  sub     rsp,8
;;   0021  mov     rbx,rdi
;;   0024  mov     r9,rsi
;;   0027  test    r9,r9
;;   002a  je      60h
;;   0030  test    r9d,1
;;   0037  jne     60h
;;   003d  mov     eax,[r9]
;;   0040  shl     rax,6
;;   0044  add     rax,[rbx+20h]
;;   0048  mov     r11d,[rbx+30h]
;;   004c  cmp     r11d,[rax+8]
;;   0050  jne     60h
;;   0056  mov     eax,1
;;   005b  jmp     62h
;;   0060  xor     eax,eax
;;   0062  test    r9,r9
;;   0065  je      84h
;;   006b  test    r9d,1
;;   0072  jne     8Eh
;;   0078  mov     ecx,[r9]
;;   007b  cmp     ecx,[rbx+34h]
;;   007e  jne     8Eh
;;   0084  mov     ecx,1
;;   0089  jmp     90h
;;   008e  xor     ecx,ecx
;;   0090  test    r9,r9
;;   0093  je      0C5h
;;   0099  test    r9d,1
;;   00a0  jne     0BBh
;;   00a6  mov     edx,[r9]
;;   00a9  shl     rdx,6
;;   00ad  add     rdx,[rbx+20h]
;;   00b1  cmp     dword ptr [rdx+4],4
;;   00b5  jb      0C5h
;;   00bb  mov     edx,1
;;   00c0  jmp     0C7h
;;   00c5  xor     edx,edx
;;   00c7  add     ecx,edx
;;   00c9  add     eax,ecx
;;   00cb  mov     rbx,[rbp-8]
;;   00cf  leave
;;   00d0  ret
;;   00d1  ud2
;;   trap at 00d1: call stack exhausted
;; function 4
;;   0000  push    rbp
;;   0001  mov     rbp,rsp
;;   0004  mov     rax,[rdi+8]
;;   0008  lea     r11,[rsp-10h]
;;   0010  cmp     r11,[rax]
;;   0013  jb      52h
;;   0019  push    rbx
;;   001a  sub     rsp,8
;;   0021  mov     rbx,rdi
;;   0024  mov     r9,rsi
;;   0027  test    r9,r9
;;   002a  je      58h
;;   0030  test    r9d,1
;;   0037  jne     56h
;;   003d  mov     eax,[r9]
;;   0040  cmp     eax,[rbx+34h]
;;   0043  jne     54h
;;   0049  mov     rax,r9
;;   004c  mov     rbx,[rbp-8]
;;   0050  leave
;;   0051  ret
;;   0052  ud2
;;   0054  ud2
;;   0056  ud2
;;   0058  ud2
;;   trap at 0052: call stack exhausted
;;   trap at 0054: cast failure
;;   trap at 0056: cast failure
;;   trap at 0058: cast failure
