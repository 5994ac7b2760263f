using Drydock.Wasm;

namespace Drydock.Fuzz.Differential;

internal sealed partial class FunctionGenerator
{
    /// <summary>
    /// A loop of one block whose addresses grow by constants: several reads and writes, one behind the other as where
    /// a compiler unrolled them, which may overlap in any way; sums that go round; and any way to end.
    /// </summary>
    private sealed class StreamLoop : MemoryLoop
    {
        private static readonly int[] Copies = [1, 1, 1, 2, 2, 3, 4, 4, 5, 6, 8];
        private static readonly int[] Steps =
            [1, 2, 3, 4, 8, 12, 16, 24, -1, -2, -4, -8, -16, 0, 0, 4096, 65536, 65537];
        private static readonly Opcode[] Below = [Opcode.I32LtS, Opcode.I32LtU, Opcode.I32LeS, Opcode.I32LeU];
        private static readonly Opcode[] Above = [Opcode.I32GtS, Opcode.I32GtU, Opcode.I32GeS, Opcode.I32GeU];
        private static readonly HashSet<string> Common =
        [
            "i32.add", "i32.sub", "i32.mul", "i32.and", "i32.or", "i32.xor", "i32.shl", "i32.shr_u", "i32.shr_s",
            "i64.add", "i64.sub", "i64.mul", "i64.and", "i64.or", "i64.xor", "i64.shr_u", "f32.add", "f32.sub",
            "f32.mul", "f64.add", "f64.sub", "f64.mul",
        ];
        private static readonly ILookup<Sort, Operation> CommonOperations = Sort.Row("iIfd")
            .SelectMany(sort => Operations.Computing(sort, WasmFeatures.None))
            .Where(operation => Common.Contains(operation.Info.Name))
            .ToLookup(operation => operation.Results[0]);

        /// <summary>What grows: a local, and by how much.</summary>
        private sealed record Variable(int Local, int Step);

        private readonly Sort _sort;
        private readonly Operation _store;
        private readonly int _width, _copies, _step;
        private readonly List<Variable> _variables = [];
        /// <summary>The 32-bit indices that accesses are made at; the first is never still.</summary>
        private readonly List<byte[]> _indices = [];
        private readonly List<int> _sums = [];
        private readonly List<Node> _body = [];
        private Variable? _counter;
        private bool _endsAtZero;

        public StreamLoop(FunctionGenerator function) : base(function)
        {
            _sort = Choices.Pick(Sort.Row("iiiIIffdd"));
            _store = PickStore();
            _width = 1 << _store.WidthLog2;
            _copies = Choices.Pick(Copies);
            _step = (Choices.Chance(75) ? 1 : -1) * _width * _copies;
        }

        public override Node Make()
        {
            AddIndices();
            for (int i = Choices.Chance(40) ? Choices.Pick(Copies) : 0; i > 0; i--) _sums.Add(AddSum());
            for (int i = 1 + Choices.Next(3); i > 0; i--) AddStatement();
            if (Choices.Chance(8)) _body.Add(Miss());
            byte[] end = MakeEnd();
            foreach (var variable in _variables.Where(variable => variable.Step != 0))
                _body.Insert(Choices.Chance(85) ? _body.Count : Choices.Next(_body.Count + 1),
                    Node.Statement(Step(variable.Local, variable.Step)));
            byte[] skip = Choices.Chance(25) ? [.. Get(Turns), .. Bytes.Of(Opcode.I32Eqz), .. BranchIf(0)] : [];
            return Node.Statement([.. Parts, Function.Open(Opcode.Block, [], []), skip,
                Function.Open(Opcode.Loop, [], []), .. _body, end, End, End, Keep()]);
        }

        private Operation PickStore() => PickPlain(Writing(_sort.Code switch { 'f' => 'g', 'd' => 'h', _ => _sort }));

        private int AddSum()
        {
            int sum = AddLocal(Choices.Chance(85) ? _sort : Choices.Pick(Sort.Row("iIfd")));
            if (Choices.Chance(50)) Parts.Add(Node.Statement(
                Constants.Encode(Choices, Function._locals[sum]), Set(sum)));
            return sum;
        }

        private void AddIndices()
        {
            bool isIndexed = Choices.Chance(40);
            if (!isIndexed || Choices.Chance(20)) AddWalking(_step);
            if (isIndexed) AddIndexed();
            for (int i = Choices.Next(4); i > 0; i--)
                if (isIndexed && Choices.Chance(70)) AddIndexed();
                else AddWalking(Choices.Chance(80) ? _step : Choices.Pick(Steps));
        }

        private void AddWalking(int step)
        {
            _variables.Add(new(AddPointer(step), step));
            _indices.Add(Get(_variables[^1].Local));
        }

        /// <summary>A place that stays, and a counter times a constant.</summary>
        private void AddIndexed()
        {
            if (_counter == null || Choices.Chance(10)) _counter = AddCounter();
            int scale = _step % _counter.Step == 0 && Choices.Chance(90) ? _step / _counter.Step : 1 + Choices.Next(9);
            int start = AddPointer(scale * _counter.Step);
            byte[] counter = Get(_counter.Local);
            byte[] scaled = scale == 1 ? counter
                : int.IsPow2(scale) ? [.. counter, .. Int32(int.Log2(scale)), .. Bytes.Of(Opcode.I32Shl)]
                : [.. counter, .. Times(scale)];
            _indices.Add([.. Get(start), .. scaled, .. Bytes.Of(Opcode.I32Add)]);
        }

        /// <summary>Starts at zero, at another number, or where it will be zero after the last turn.</summary>
        private Variable AddCounter()
        {
            int step = Choices.Next(4) switch { 0 => _step, 1 => -1, _ => 1 };
            int counter = AddLocal('i');
            _endsAtZero = Choices.Chance(step < 0 ? 60 : 10);
            if (_endsAtZero) Parts.AddRange([Get(Turns), Times(-step), Set(counter)]);
            else if (Choices.Chance(20)) Parts.AddRange([Int32(Choices.Next(20) - 10), Set(counter)]);
            _variables.Add(new(counter, step));
            return _variables[^1];
        }

        /// <summary>The first is where the first index is, so that the loop cannot stay in memory.</summary>
        private void AddStatement()
        {
            if (_sums.Count > 0 && Choices.Chance(50))
            {
                if (_body.Count == 0) _body.Add(Drop(Read(_sort, _indices[0])(0)));
                AddSums();
                return;
            }
            byte[] index = _body.Count == 0 ? _indices[0] : Choices.Pick(_indices);
            AddCopies(MakePlace(index), MakeValue(_store.Operands[1], 1 + Choices.Next(3)));
        }

        private void AddCopies(Func<int, (byte[] Address, int Offset)> place, Func<int, Node> value)
        {
            Node[] stores = [.. Order().Select(copy => Store(place(copy), value(copy)))];
            if (!Choices.Chance(20)) _body.AddRange(stores);
            else AddLate(place, value);
        }

        /// <summary>All values first, then the writes.</summary>
        private void AddLate(Func<int, (byte[] Address, int Offset)> place, Func<int, Node> value)
        {
            int[] held = [.. Enumerable.Range(0, _copies).Select(_ => AddLocal(_sort))];
            for (int i = 0; i < _copies; i++) _body.Add(Node.Statement(value(i), Set(held[i])));
            foreach (int i in Order()) _body.Add(Store(place(i), Node.Of(_sort, Get(held[i]))));
        }

        private IEnumerable<int> Order()
        {
            var order = Enumerable.Range(0, _copies);
            return Choices.Chance(15) ? order.Reverse() : order;
        }

        private void AddSums()
        {
            var values = new Dictionary<Sort, Func<int, Node>>();
            for (int i = 0; i < _sums.Count; i++)
            {
                var sort = Function._locals[_sums[i]];
                if (!values.TryGetValue(sort, out var value)) value = values[sort] = MakeSum(sort);
                _body.Add(Node.Statement(Get(_sums[i]), value(i), Set(_sums[i])));
            }
        }

        /// <summary>What is on the stack and a value; or a value alone.</summary>
        private Func<int, Node> MakeSum(Sort sort)
        {
            var value = MakeValue(sort, 1 + Choices.Next(2));
            byte[] operation = Choices.Chance(15) ? [] : Bytes.Of(Choices.Pick([.. CommonOperations[sort]]).Opcode);
            return copy => operation.Length == 0
                ? Node.Statement(Bytes.Of(Opcode.Drop), value(copy))
                : Node.Statement(value(copy), operation);
        }

        private Node Store((byte[] Address, int Offset) place, Node value) =>
            Node.Statement(place.Address, value, Function.Encode(_store, Memory, (ulong)place.Offset));

        /// <summary>Where the copies of an access are: one behind the other from somewhere near an index.</summary>
        private Func<int, (byte[] Address, int Offset)> MakePlace(byte[] index)
        {
            int first = Choices.Next(100) switch
            {
                < 55 => 0,
                < 70 => _width * Choices.Next(4),
                < 80 => _width * _copies,
                < 90 => -_width * Choices.Next(5),
                _ => Choices.Next(64) - 16,
            };
            bool isAdded = first < 0 || Choices.Chance(20);
            return copy => isAdded
                ? (Address([.. index, .. Plus(first + copy * _width)]), 0)
                : (Address(index), first + copy * _width);
        }

        private Func<int, Node> Read(Sort sort, byte[] index)
        {
            var operations = Reading(sort);
            Operation[] alike = [.. operations.Where(operation => 1 << operation.WidthLog2 == _width)];
            var operation = PickPlain(alike.Length > 0 && Choices.Chance(75) ? alike : operations);
            var place = MakePlace(index);
            return copy =>
            {
                var (address, offset) = place(copy);
                return Node.Of(sort, address, Function.Encode(operation, Memory, (ulong)offset));
            };
        }

        private Func<int, Node> MakeValue(Sort sort, int depth)
        {
            if (sort.Code is 'g' or 'h') return MakeAgreed(sort, depth);
            if (depth <= 0 || Choices.Chance(20)) return MakeLeaf(sort);
            var operation = PickOperation(sort);
            Func<int, Node>[] operands = [.. operation.Operands.Select(operand => MakeValue(operand, depth - 1))];
            if (operation.IsDivision) operands[1] = MakeDivisor(sort);
            return copy => Node.Of(sort, operation.Opcode, operands.Select(operand => operand(copy)));
        }

        private Operation PickOperation(Sort sort)
        {
            if (Choices.Chance(70)) return Choices.Pick([.. CommonOperations[sort]]);
            var operations = Operations.Computing(sort, Function._module.Features & ~WasmFeatures.Simd);
            while (true)
            {
                var operation = Choices.Pick(operations);
                bool isScalar = Array.TrueForAll(operation.Operands, operand => "iIfdgh".Contains(operand.Code));
                if (isScalar && (!operation.IsTruncation || Choices.Chance(10))) return operation;
            }
        }

        private Func<int, Node> MakeDivisor(Sort sort)
        {
            int divisor = Choices.Pick<int>([1, 2, 3, 7, 8, 10, 255, -3]);
            return _ => Number(sort, divisor);
        }

        private Func<int, Node> MakeLeaf(Sort sort)
        {
            int[] sums = [.. _sums.Where(sum => Function._locals[sum] == sort)];
            return Choices.Next(100) switch
            {
                < 65 => Read(sort, Choices.Pick(_indices)),
                < 75 when sums.Length > 0 => copy => Node.Of(sort, Get(sums[copy % sums.Length])),
                < 82 when sort == 'i' && _variables.Count > 0 => Same(Get(Choices.Pick(_variables).Local)),
                < 90 => Same(Get(Function.LocalOf(sort))),
                _ => Same(Constants.Encode(Choices, sort)),
            };

            Func<int, Node> Same(byte[] code) => _ => Node.Of(sort, code);
        }

        /// <summary>A float whose bits all engines agree on: as read, a number for sure, or made the same.</summary>
        private Func<int, Node> MakeAgreed(Sort sort, int depth)
        {
            Sort plain = sort == 'g' ? 'f' : 'd';
            if (Choices.Chance(20)) return Read(plain, Choices.Pick(_indices));
            if (Choices.Chance(40)) return MakeNumber(plain, Math.Min(depth, 2));
            var value = MakeValue(plain, depth);
            return copy => Function.MadeTheSame(sort, value(copy));
        }

        /// <summary>Too small to become infinite.</summary>
        private Func<int, Node> MakeNumber(Sort sort, int depth)
        {
            if (depth > 0)
            {
                var operation = Choices.Pick([.. CommonOperations[sort]]);
                Func<int, Node> left = MakeNumber(sort, depth - 1), right = MakeNumber(sort, depth - 1);
                return copy => Node.Of(sort, operation.Opcode, left(copy), right(copy));
            }
            var read = Read('i', Choices.Pick(_indices));
            var convert = (sort == 'f', Choices.Chance(50)) switch
            {
                (true, true) => Opcode.F32ConvertI32S,
                (true, _) => Opcode.F32ConvertI32U,
                (_, true) => Opcode.F64ConvertI32S,
                _ => Opcode.F64ConvertI32U,
            };
            return copy => Node.Of(sort, convert, read(copy));
        }

        /// <summary>What those passes do not take.</summary>
        private Node Miss() => Choices.Next(6) switch
        {
            0 => Drop(Function.GrowMemory(Memory, 0)),
            1 => Node.Statement(Read('i', _indices[0])(0), BranchIf(1)),
            2 => Node.Statement(Read('i', _indices[0])(0), Function.Open(Opcode.If, [], []),
                Node.Statement(Get(Turns), Plus(1), Set(Turns)), End),
            3 => Node.Statement(Read('i', _indices[0])(0),
                Bytes.Of(Opcode.GlobalSet, Function.GlobalOf('i'))),
            4 => Drop(Function.MakeCall(Choices.Next(Function._module.ImportedFunctions), 0)),
            _ => Drop(Read('i', [.. Get(Turns), .. Times(Choices.Next(9))])(0)),
        };

        private byte[] MakeEnd()
        {
            if (_counter != null && _endsAtZero && Choices.Chance(60)) return [.. Get(_counter.Local), .. BranchIf(0)];
            if (Choices.Chance(35)) return CountDown();
            return Compare(_variables.Find(variable => variable.Step != 0 && Choices.Chance(70)) ?? AddCounter());
        }

        private byte[] CountDown()
        {
            int counter = AddLocal('i'), by = Choices.Pick<int>([1, 1, 1, 1, 2, 3, 8]);
            Parts.AddRange([Get(Turns), Times(by), Set(counter)]);
            return [.. Get(counter), .. Plus(-by), .. Tee(counter), .. BranchIf(0)];
        }

        /// <summary>With where a variable is after the last turn, or not much farther on.</summary>
        private byte[] Compare(Variable variable)
        {
            bool isEqual = Choices.Chance(35), isUp = variable.Step > 0 ^ Choices.Chance(4);
            int past = isEqual || Choices.Chance(50) ? 0 : Choices.Next(variable.Step) * Math.Sign(variable.Step);
            byte[] bound = [.. Get(variable.Local), .. TurnsTimes(variable.Step), .. Plus(past)];
            int local = AddLocal('i');
            Parts.AddRange([bound, Set(local)]);
            bool isFirst = Choices.Chance(60);
            byte[] operands = isFirst
                ? [.. Get(variable.Local), .. Get(local)]
                : [.. Get(local), .. Get(variable.Local)];
            var comparison = isEqual ? Opcode.I32Ne : Choices.Pick(isUp == isFirst ? Below : Above);
            return [.. operands, .. Bytes.Of(comparison), .. BranchIf(0)];
        }
    }
}
