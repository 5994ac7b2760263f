;; Traps leave the instance usable; deep recursion ends in one.
(module
  (global $calls (mut i32) (i32.const 0))
  (func (export "unreachable") (global.set $calls (i32.add (global.get $calls) (i32.const 1))) (unreachable))
  (func (export "calls") (result i32) (global.get $calls))
  (func $forever (export "forever") (result i32) (i32.add (call $forever) (i32.const 1)))
  (func $deep (export "deep") (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (i32.const 1) (call $deep (i32.sub (local.get 0) (i32.const 1)))))
      (else (i32.const 0))))
  (func (export "dead") (result i32) (return (i32.const 4)) (i32.div_u (i32.const 1) (i32.const 0)))
)
(assert_trap (invoke "unreachable") "unreachable")
(assert_trap (invoke "unreachable") "unreachable")
(assert_return (invoke "calls") (i32.const 2))
(assert_exhaustion (invoke "forever") "call stack exhausted")
(assert_exhaustion (invoke "forever") "call stack exhausted")
(assert_return (invoke "deep" (i32.const 1000)) (i32.const 1000))
(assert_return (invoke "dead") (i32.const 4))

;; A trap right behind a call that leaves nothing to do is the trap it says, not the call's.
(module
  (func $nothing)
  (func (export "behind") (call $nothing) (unreachable))
)
(assert_trap (invoke "behind") "unreachable")
