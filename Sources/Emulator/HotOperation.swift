import AWSModel
import AWSWire
import PropertyTree
import ServiceKit

/// An operation that takes JSON bytes and answers by callback, with the protocol of its service.
public struct HotOperation: Sendable {
  public var traits: ServiceTraits
  public var name: String
  private let attempt: Operation.HotBody
  private let thorough: Operation.Body

  private var facts: WireFacts? { WireFacts(service: traits.signingName, operation: name) }

  init?(_ operation: Operation, of traits: ServiceTraits) {
    guard let attempt = operation.hot else { return nil }
    self.traits = traits
    self.attempt = attempt
    name = operation.name
    thorough = operation.invoke
  }

  /// Answers through `reply`, on any thread, once: the fast way, or where that does not know the
  /// request the general one.
  public func invoke(
    _ request: [UInt8], _ context: RequestContext, _ reply: HotReply
  ) {
    let answer: @Sendable () -> Void = {
      Task { reply(await self.answer(request, context)) }
    }
    if !attempt(request, context, reply, answer) { answer() }
  }

  private func answer(_ request: [UInt8], _ context: RequestContext) async
    -> Result<[UInt8], ServiceError>
  {
    let facts = facts
    var members: PropertyValue
    do throws(JSONReader.Failure) {
      members = request.isEmpty ? .object([:]) : try JSONReader.read(request)
    } catch {
      return .failure(
        ServiceError(
          "SerializationException",
          "The request is not JSON: \(error.message) (byte \(error.offset))."))
    }
    do {
      if let facts { members = try facts.input(members, traits.wireProtocol) }
      let output = try await thorough(OperationInput(members: members), context)
      return .success(JSONWriter.bytes(output.members))
    } catch {
      let fault = ServiceError(onMachine: error)
      return .failure(facts?.error(fault) ?? fault)
    }
  }
}
