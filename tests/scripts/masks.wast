;; What chooses between values or lanes takes both, and an access that is out of bounds traps although nothing of what
;; it would have read is chosen. Instructions under a mask leave such faults out.
(module
  (memory 1)
  (global $past (mut i32) (i32.const -47))
  (func $use (param f64) (result f64) (f64.add (local.get 0) (f64.const 1)))
  (func (export "float") (param $choice i32) (param $at i32) (result f64)
    (select (f64.load (local.get $at)) (f64.const 0) (local.get $choice)))
  (func (export "other-float") (param $choice i32) (param $at i32) (result f32)
    (f32.add (f32.const 1) (select (f32.const 0) (f32.load (local.get $at)) (local.get $choice))))
  (func (export "float-at-constant") (param $choice i32) (result f64)
    (call $use (select (f64.load (global.get $past)) (f64.const 0) (local.get $choice))))
  (func (export "compared") (param $choice f64) (param $at i32) (result f64)
    (select (f64.load (local.get $at)) (f64.const 0) (f64.lt (local.get $choice) (f64.const 0))))
  (func (export "negated-bits") (param $choice i32) (param $at i32) (result f32)
    (select (f32.neg (f32.reinterpret_i32 (i32.load (local.get $at)))) (f32.const -0) (local.get $choice)))
  (func (export "shuffle") (param $at i32) (result i32)
    (i8x16.extract_lane_u 9
      (i8x16.shuffle 0 1 2 3 20 5 6 7 24 25 26 27 28 29 30 31
        (v128.load (local.get $at)) (v128.const i64x2 7 7))))
  (func $chosen (param i32) (result v128)
    (i32x4.eq (i32x4.splat (local.get 0)) (v128.const i32x4 1 2 3 4)))
  (func (export "bitselect") (param $at i32) (param $lane i32) (result i32)
    (i32x4.extract_lane 1
      (v128.bitselect (v128.load (local.get $at)) (v128.const i64x2 0 0) (call $chosen (local.get $lane)))))
  (func (export "splat") (param $at i32) (param $lane i32) (result i32)
    (i32x4.extract_lane 1
      (v128.bitselect
        (i32x4.add (v128.const i32x4 9 8 9 9) (v128.load32_splat (local.get $at)))
        (v128.const i64x2 0 0)
        (call $chosen (local.get $lane)))))
  (func (export "zero") (param $at i32) (param $lane i32) (result i32)
    (i32x4.extract_lane 0
      (v128.bitselect (v128.load32_zero (local.get $at)) (v128.const i64x2 0 0) (call $chosen (local.get $lane)))))
  (func (export "widened") (param $at i32) (param $lane i32) (result i32)
    (i16x8.extract_lane_u 1
      (v128.bitselect
        (v128.load8x8_u (local.get $at))
        (v128.const i64x2 0 0)
        (i16x8.eq (i16x8.splat (local.get $lane)) (v128.const i16x8 1 2 3 4 1 1 1 1)))))
  (func (export "comparisons") (param $at i32) (param $lane i32) (result i32)
    (i32x4.bitmask
      (v128.and
        (call $chosen (local.get $lane))
        (i32x4.gt_u (v128.load (local.get $at)) (v128.const i32x4 1 2 3 4)))))
)

(assert_return (invoke "float" (i32.const 0) (i32.const 65528)) (f64.const 0))
(assert_trap (invoke "float" (i32.const 0) (i32.const 65529)) "out of bounds memory access")
(assert_return (invoke "other-float" (i32.const 1) (i32.const 65532)) (f32.const 1))
(assert_trap (invoke "other-float" (i32.const 1) (i32.const 65533)) "out of bounds memory access")
(assert_trap (invoke "float-at-constant" (i32.const 0)) "out of bounds memory access")
(assert_trap (invoke "float-at-constant" (i32.const 1)) "out of bounds memory access")
(assert_return (invoke "compared" (f64.const 0) (i32.const 65528)) (f64.const 0))
(assert_trap (invoke "compared" (f64.const 0) (i32.const 65529)) "out of bounds memory access")
(assert_return (invoke "negated-bits" (i32.const 0) (i32.const 65532)) (f32.const -0))
(assert_trap (invoke "negated-bits" (i32.const 0) (i32.const 65533)) "out of bounds memory access")
(assert_return (invoke "shuffle" (i32.const 65520)) (i32.const 0))
(assert_trap (invoke "shuffle" (i32.const 65528)) "out of bounds memory access")
(assert_return (invoke "bitselect" (i32.const 65520) (i32.const 2)) (i32.const 0))
(assert_trap (invoke "bitselect" (i32.const 65524) (i32.const 2)) "out of bounds memory access")
(assert_trap (invoke "bitselect" (i32.const -20) (i32.const 9)) "out of bounds memory access")
(assert_return (invoke "splat" (i32.const 65532) (i32.const 2)) (i32.const 8))
(assert_trap (invoke "splat" (i32.const -20) (i32.const 9)) "out of bounds memory access")
(assert_return (invoke "zero" (i32.const 65532) (i32.const 2)) (i32.const 0))
(assert_trap (invoke "zero" (i32.const -20) (i32.const 9)) "out of bounds memory access")
(assert_return (invoke "widened" (i32.const 65528) (i32.const 2)) (i32.const 0))
(assert_trap (invoke "widened" (i32.const 65534) (i32.const 1)) "out of bounds memory access")
(assert_trap (invoke "widened" (i32.const -3) (i32.const 20)) "out of bounds memory access")
(assert_return (invoke "comparisons" (i32.const 65520) (i32.const 2)) (i32.const 0))
(assert_trap (invoke "comparisons" (i32.const 65534) (i32.const 1)) "out of bounds memory access")
(assert_trap (invoke "comparisons" (i32.const -3) (i32.const 20)) "out of bounds memory access")
