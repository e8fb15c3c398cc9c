import AWSModel
import PropertyTree

extension Operation {
  public typealias HotReply = @Sendable (Result<[UInt8], ServiceError>) -> Void

  /// An operation with a fast way in for what is usual. `attempt` returns false, having changed
  /// nothing, for whatever it does not know; the thorough way then answers, so both behave alike.
  /// It may also call `thorough` itself later, instead of `reply`.
  public static func hot(
    _ name: String,
    attempt:
      @escaping @Sendable (
        _ request: [UInt8], _ context: RequestContext, _ reply: @escaping HotReply,
        _ thorough: @escaping @Sendable () -> Void
      ) -> Bool,
    invoke: @escaping Body
  ) -> Operation {
    let hot: HotBody = { request, context, reply in
      let thorough: @Sendable () -> Void = {
        Task { reply(await answer(request, context, invoke)) }
      }
      if !attempt(request, context, reply, thorough) { thorough() }
    }
    return Operation(name: name, hot: hot, invoke: invoke)
  }

  private static func answer(_ request: [UInt8], _ context: RequestContext, _ invoke: Body) async
    -> Result<[UInt8], ServiceError>
  {
    let members: PropertyValue
    do throws(JSONReader.Failure) {
      members = request.isEmpty ? .object([:]) : try JSONReader.read(request)
    } catch {
      return .failure(
        ServiceError(
          "SerializationException",
          "The request is not JSON: \(error.message) (byte \(error.offset))."))
    }
    do {
      let output = try await invoke(OperationInput(members: members), context)
      return .success(JSONWriter.bytes(output.members))
    } catch { return .failure(ServiceError(onMachine: error)) }
  }
}
