import APIFacts
import AWSModel
import PropertyTree

/// The facts of one operation at work: between a protocol's tree and the operation.
public struct WireFacts: Sendable {
  public let operation: OperationFacts
  public let service: ServiceFacts

  /// nil for an operation that is no part of AWS's API: it stands for itself.
  public init?(service name: String, operation: String) {
    guard let service = APIFacts.service(name), let facts = service.operation(operation) else {
      return nil
    }
    self.service = service
    self.operation = facts
  }

  /// A request's members in the form of the model, held against its bounds.
  ///
  /// Throws the service's own validation error, or `SerializationException`.
  public func input(_ tree: PropertyValue, _ wireProtocol: WireProtocol) throws(ServiceError)
    -> PropertyValue
  {
    let shapes = operation.shapes
    let members = try InputShaper(
      operation: operation.name, shapes: shapes, wireProtocol: wireProtocol
    ).members(tree)
    if let style = ValidationStyle.of(service) {
      try InputValidator.check(members, shapes, style)
    }
    return members
  }

  /// An output's members in the form of the wire.
  func output(_ members: PropertyValue, _ wireProtocol: WireProtocol) -> PropertyValue {
    OutputShaper(shapes: operation.shapes, wireProtocol: wireProtocol).members(members)
  }

  /// Blobs, moments and maps among an output's members, for protocols that tell them apart. XML's
  /// have their form already.
  func outputShape(_ wireProtocol: WireProtocol) -> MemberShape {
    guard wireProtocol.isCBOR, let output = operation.shapes.output else { return .plain }
    return operation.shapes.memberShape(output, inside: [])
  }

  /// The error as the model knows it: by its code on the wire, with its status.
  public func error(_ error: ServiceError) -> ServiceError {
    let known = operation.errors.first { $0.code == error.code || $0.name == error.code }
    guard let known else { return error }
    var error = error
    error.code = known.code
    // An operation that throws only a code says 400.
    if error.status == 400 { error.status = known.status ?? (known.isFault ? 500 : 400) }
    return error
  }
}
