import AWSModel
import Diagnostics
import PropertyTree
import ServiceKit
import ResourceModel

/// `AWS::SSM::Parameter`: a `String` or a `StringList`, as in CloudFormation, which makes no
/// `SecureString`.
struct SSMParameterResource: ResourceHandler {
  let store: SSMStore

  let schema = ResourceSchema(
    type: "AWS::SSM::Parameter", naming: NamingRule(property: "Name", lengthMax: 128),
    createOnly: ["Name"],
    supported: [
      "Name", "Type", "Value", "Description", "AllowedPattern", "Tier", "DataType", "Tags.*",
    ], attributes: ["Type", "Value"])

  func identity(
    physicalID: String, properties: PropertyValue, in environment: StackEnvironment
  ) -> ResourceIdentity {
    var attributes = PropertyObject()
    for key in ["Type", "Value"] { attributes[key] = properties[key] }
    return ResourceIdentity(
      physicalID: physicalID, reference: .string(physicalID), attributes: attributes)
  }

  func check(_ properties: PropertyValue) -> [PropertyIssue] {
    var issues: [PropertyIssue] = []
    func attempt(_ key: String, _ body: () throws(ServiceError) -> Void) {
      do throws(ServiceError) { try body() } catch {
        issues.append(
          PropertyIssue(
            error.code == "UnsupportedOperation" ? .unsupportedValue : .invalidPropertyValue,
            at: PropertyPath().appending(key), error.message))
      }
    }
    if let name = properties["Name"]?.stringValue {
      attempt("Name") { () throws(ServiceError) in try SSMLimits.check(name: name) }
    }
    if let type = properties["DataType"]?.stringValue, type != "text" {
      attempt("DataType") { () throws(ServiceError) in
        throw .unsupported("the data type `\(type)` of parameters")
      }
    }
    if let value = properties["Value"]?.scalarText,
      let pattern = properties["AllowedPattern"]?.stringValue, !pattern.isEmpty
    {
      attempt("Value") { () throws(ServiceError) in
        try SSMLimits.check(value, against: pattern)
      }
    }
    return issues
  }

  func create(_ request: ResourceRequest, in transaction: Transaction) throws {
    try put(request, overwrites: false, transaction)
  }

  func update(_ request: ResourceRequest, in transaction: Transaction) throws {
    try put(request, overwrites: true, transaction)
  }

  private func put(
    _ request: ResourceRequest, overwrites: Bool, _ transaction: Transaction
  ) throws {
    let properties = request.properties
    guard let value = properties["Value"]?.scalarText,
      let type = properties["Type"]?.stringValue.flatMap(SSMParameterType.init), type != .secure
    else {
      throw ServiceError.validation("A parameter needs a Value, and the Type String or StringList.")
    }
    // A property that the template no longer gives falls back to nothing, not to what was there.
    let change = SSMChange(
      name: request.physicalID, value: value, type: type,
      description: properties["Description"]?.scalarText ?? "",
      allowedPattern: properties["AllowedPattern"]?.scalarText ?? "",
      tier: properties["Tier"]?.stringValue, dataType: properties["DataType"]?.stringValue)
    var tags: [String: String] = [:]
    for (key, value) in properties["Tags"]?.objectValue ?? [:] {
      guard let text = value.scalarText else {
        throw ServiceError.validation("The tag `\(key)` is not text.")
      }
      tags[key] = text
    }
    try store.put(
      change, tags: tags, overwrites: overwrites, now: request.now, in: request.scope, transaction)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    try store.delete(request.physicalID, in: request.scope, transaction)
  }

  func exists(_ request: ResourceRequest, in transaction: Transaction) throws -> Bool {
    try store.find(request.physicalID, in: request.scope, transaction) != nil
  }
}
