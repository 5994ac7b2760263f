using Drydock.Wasm.Text;

namespace Drydock.AotTests;

/// <summary>The guest: one export for each way of leaving it.</summary>
internal static class Guest
{
    public static readonly byte[] Binary = TextModule.Assemble("""
        (module
          (import "host" "allocate" (func $allocate (param i32) (result i32)))
          (import "host" "throw" (func $throw))
          (import "host" "reenter" (func $reenter (param i32) (result i32)))
          (memory (export "memory") 1)
          (table 2 funcref)
          (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
          (func (export "divide") (param i32) (result i32) (i32.div_s (i32.const 1) (local.get 0)))
          (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
          (func (export "unreachable") unreachable)
          (func (export "indirect") (param i32) (call_indirect (local.get 0)))
          (func $frame (export "frame") (param i32) (result i32)
            LOCALS
            (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 1))
              (else (i32.add (call $frame (i32.sub (local.get 0) (i32.const 1))) (i32.const 1)))))
          (type $wide (func (param i64 i64 i64 i64 i64 i64 i64 i64 i64 i64) (result i64)))
          (func $wide (type $wide)
            (if (i64.eqz (local.get 0)) (then (return (local.get 9))))
            (return_call $narrow (i64.sub (local.get 0) (i64.const 1))))
          (func $narrow (export "tail") (param i64) (result i64)
            (return_call $wide (local.get 0) (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4) (i64.const 5)
              (i64.const 6) (i64.const 7) (i64.const 8) (i64.const 9)))
          (func $recurse (export "recurse") (call $recurse) (call $recurse))
          (func (export "allocate") (param i32) (result i32)
            (local i32)
            (loop
              (local.set 1 (i32.add (local.get 1) (call $allocate (local.get 0))))
              (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
            (local.get 1))
          (func (export "throw") (call $throw))
          (func (export "reenter") (param i32) (result i32)
            (if (result i32) (i32.eqz (local.get 0))
              (then (i32.div_u (i32.const 1) (local.get 0)))
              (else (call $reenter (i32.sub (local.get 0) (i32.const 1)))))))
        """.Replace("LOCALS", string.Concat(Enumerable.Repeat("(local i64 i64 i64 i64 i64 i64 i64 i64)", FrameLocals / 8))));

    /// <summary>So many that a frame skips the page that guards a stack's end.</summary>
    private const int FrameLocals = 2_000;
}
