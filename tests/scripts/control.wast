;; Structured control: loops, tables of branches, values carried by labels, mixed flat and folded code.
(module
  (func (export "sum") (param $n i32) (result i32) (local $sum i32)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $n)))
        (local.set $sum (i32.add (local.get $sum) (local.get $n)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $next)))
    (local.get $sum))
  (func (export "classify") (param i32) (result i32)
    block $default
      block $two
        block $one
          block $zero
            local.get 0
            br_table $zero $one $two $default
          end
          (return (i32.const 100))
        end $one
        i32.const 101
        return
      end
      (return (i32.const 102))
    end
    i32.const -1)
  (func (export "carry") (param i32) (result i32)
    (i32.add (i32.const 1)
      (block $b (result i32)
        (drop (br_if $b (i32.const 10) (local.get 0)))
        (i32.const 20))))
  (func (export "pair") (param i32) (result i32 i32)
    (if (result i32 i32) (local.get 0)
      (then (i32.const 1) (i32.const 2))
      (else (i32.const 3) (i32.const 4))))
  (func (export "loop_parameters") (result i32) (local i32)
    (i32.const 1) (i32.const 5)
    loop $again (param i32 i32) (result i32)
      (local.set 0)
      i32.const 2
      i32.mul
      (i32.sub (local.get 0) (i32.const 1))
      local.tee 0
      local.get 0
      br_if $again
      drop
    end)
  (func (export "select") (param i32) (result i64)
    (select (result i64) (i64.const 1) (i64.const 2) (local.get 0)))
)
(assert_return (invoke "sum" (i32.const 100)) (i32.const 5050))
(assert_return (invoke "classify" (i32.const 0)) (i32.const 100))
(assert_return (invoke "classify" (i32.const 1)) (i32.const 101))
(assert_return (invoke "classify" (i32.const 2)) (i32.const 102))
(assert_return (invoke "classify" (i32.const 3)) (i32.const -1))
(assert_return (invoke "classify" (i32.const -1)) (i32.const -1))
(assert_return (invoke "carry" (i32.const 0)) (i32.const 21))
(assert_return (invoke "carry" (i32.const 1)) (i32.const 11))
(assert_return (invoke "pair" (i32.const 1)) (i32.const 1) (i32.const 2))
(assert_return (invoke "pair" (i32.const 0)) (i32.const 3) (i32.const 4))
(assert_return (invoke "loop_parameters") (i32.const 32))
(assert_return (invoke "select" (i32.const 1)) (i64.const 1))
(assert_return (invoke "select" (i32.const 0)) (i64.const 2))
(assert_invalid (module (func (result i32) (nop))) "type mismatch")
(assert_invalid (module (func (br 1))) "unknown label")
(assert_malformed (module quote "(func (frobnicate))") "unknown operator")
(assert_malformed (module binary "\00asm\02\00\00\00") "unknown binary version")
