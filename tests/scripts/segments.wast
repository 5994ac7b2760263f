;; Segments as the first version of the text format has them: a number names the table or memory.
(module
  (table 10 funcref)
  (elem 0 (i32.const 1) $f $f)
  (memory 1)
  (data 0 (i32.const 10) "a" "b")
  (func $f (result i32) (i32.load16_u (i32.const 10)))
  (func (export "call") (param i32) (result i32) (call_indirect (result i32) (local.get 0))))
(assert_return (invoke "call" (i32.const 2)) (i32.const 0x6261))
(assert_trap (invoke "call" (i32.const 3)) "uninitialized element")
(assert_malformed (module quote "(table 1 funcref) (elem 0 func)") "unexpected token")
(assert_malformed (module quote "(memory 1) (data 0 \"a\")") "unexpected token")
