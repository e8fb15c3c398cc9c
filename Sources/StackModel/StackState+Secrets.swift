extension StackState {
  /// The state with secrets of access keys in its outputs, for who asks after the stack. Never to be
  /// stored.
  ///
  /// - Parameter secret: the secret of an access key; nil where the key is gone.
  public func answeringOutputs(_ secret: (_ keyID: String) throws -> String?) rethrows
    -> StackState
  {
    guard outputs.contains(where: { $0.value.containsDynamicReference }) else { return self }
    var state = self
    for index in outputs.indices {
      state.outputs[index].value = try DynamicPiece.pieces(of: outputs[index].value)
        .map { piece in
          switch piece {
          case .text(let text), .unclosed(let text), .malformed(_, let text): return String(text)
          case .reference(let reference, let written):
            guard reference.service == .accessKey else { return String(written) }
            return try secret(reference.name) ?? String(written)
          }
        }.joined()
    }
    return state
  }
}
