using Drydock.Wasm.Text;

namespace Drydock.Fuzz;

/// <summary>A few modules that between them use most sections and kinds of instructions.</summary>
internal static class BuiltInSeeds
{
    public static IReadOnlyList<string> Sources { get; } =
    [
        "(module)",
        """
        (module
          (import "m" "f" (func (param i32)))
          (memory 1 2) (table 2 funcref) (global $g (mut i64) (i64.const -1))
          (func $add (export "add") (param i32 i32) (result i32)
            (local i64 f32 f64 v128)
            (if (result i32) (i32.lt_s (local.get 0) (i32.const 10))
              (then (i32.load offset=4 (local.get 0)))
              (else (block $b (result i32) (br_table $b $b (i32.const 1) (local.get 1))))))
          (func $loop (loop (br_if 0 (i32.eqz (i32.const 1)))) (global.set $g (i64.const 9)))
          (start $loop)
          (elem (i32.const 0) $add $loop)
          (data (i32.const 8) "data") (data "passive")
          (func (memory.init 1 (i32.const 0) (i32.const 0) (i32.const 1)) (data.drop 1)))
        """,
        """
        (module
          (rec (type $list (sub (struct (field (mut i32)) (field (ref null $list))))) (type $array (array (mut i8))))
          (type $more (sub $list (struct (field (mut i32)) (field (ref null $list)) (field f64))))
          (tag $t (param i32))
          (func (result (ref $list)) (struct.new $list (i32.const 1) (ref.null $list)))
          (func (param anyref) (result i32)
            (block $cast (result (ref $more)) (br_on_cast $cast anyref (ref $more) (local.get 0)) (drop) (return (i32.const 0)))
            (struct.get $more 0))
          (func (result i32) (block $h (result i32) (try_table (catch $t $h) (throw $t (i32.const 3))) (i32.const 4)))
          (func (result v128) (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
            (v128.const i32x4 1 2 3 4) (i32x4.splat (i32.const 5)))))
        """,
    ];

    public static IReadOnlyList<byte[]> All { get; } = [.. Sources.Select(TextModule.Assemble)];
}
