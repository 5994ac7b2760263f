global using ValueType = Drydock.Wasm.ValueType;
