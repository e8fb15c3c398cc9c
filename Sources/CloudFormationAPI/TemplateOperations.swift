import AWSModel
import Diagnostics
import ResourceModel
import ServiceKit
import StackContracts
import StackModel

/// GetTemplate, GetTemplateSummary, ValidateTemplate.
/// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetTemplate.html
extension CloudFormationService {
  var templateOperations: [Operation] {
    [
      operation("GetTemplate", getTemplate), operation("GetTemplateSummary", getSummary),
      operation("ValidateTemplate", validateTemplate),
    ]
  }

  private struct GetInput: Decodable, Sendable {
    var StackName: String?
    var ChangeSetName: String?
    var TemplateStage: String?
  }

  private struct GetOutput: Encodable, Sendable {
    var TemplateBody: String
    var StagesAvailable = ["Original", "Processed"]
  }

  /// The stage `Processed` is the template after its transforms, as JSON; one without transforms is
  /// as it was given.
  private func getTemplate(_ input: GetInput, _ context: RequestContext) async throws -> GetOutput {
    if let stage = input.TemplateStage, !["Original", "Processed"].contains(stage) {
      throw Self.validation("`\(stage)` is not a template stage.")
    }
    return try engine.database.read { transaction in
      if let name = input.ChangeSetName {
        let set = try found(name, input.StackName, context.scope, transaction)
        let stack = try existing(set.stackID, in: context.scope, transaction)
        return GetOutput(
          TemplateBody: body(
            set.templateBody, input.TemplateStage, set.parameters, stack.environment))
      }
      guard let name = input.StackName else {
        throw Self.validation("Either StackName or ChangeSetName is required.")
      }
      let stack = try existing(name, in: context.scope, transaction)
      return GetOutput(
        TemplateBody: body(
          stack.templateBody, input.TemplateStage, stack.parameters, stack.environment))
    }
  }

  private func body(
    _ body: String, _ stage: String?, _ parameters: [ParameterValue],
    _ environment: StackEnvironment
  ) -> String {
    guard stage == "Processed" else { return body }
    let values = Dictionary(
      parameters.map { ($0.name, $0.resolved ?? $0.value) }, uniquingKeysWith: { first, _ in first }
    )
    return engine.processed(body, parameters: values, in: environment)
  }

  // MARK: Outlines

  private struct Constraints: Encodable, Sendable { var AllowedValues: [String]? }

  private struct DeclaredParameter: Encodable, Sendable {
    var ParameterKey: String
    var DefaultValue: String?
    var ParameterType: String?
    var NoEcho: Bool
    var Description: String?
    var ParameterConstraints: Constraints?
  }

  private struct SummaryInput: Decodable, Sendable {
    var TemplateBody: String?
    var TemplateURL: String?
    var StackName: String?
    var StackSetName: String?
    var CallAs: String?
    var TemplateSummaryConfig: SummaryConfiguration?
  }

  private struct SummaryConfiguration: Decodable, Sendable {
    var TreatUnrecognizedResourceTypesAsWarnings: Bool?
  }

  private struct Warnings: Encodable, Sendable { var UnrecognizedResourceTypes: [String] }

  /// The properties that name resources of a type, where one is to be imported.
  private struct Identifiers: Encodable, Sendable {
    var ResourceType: String
    var LogicalResourceIds: [String]
    var ResourceIdentifiers: [String]
  }

  private struct SummaryOutput: Encodable, Sendable {
    var Parameters: [DeclaredParameter]
    var Description: String?
    var Capabilities: [String]?
    var CapabilitiesReason: String?
    var ResourceTypes: [String]
    var Version: String?
    var Metadata: String?
    var DeclaredTransforms: [String]
    var ResourceIdentifierSummaries: [Identifiers]?
    var Warnings: Warnings?
  }

  private func getSummary(_ input: SummaryInput, _ context: RequestContext) async throws
    -> SummaryOutput
  {
    if input.StackSetName != nil {
      throw ServiceError.unsupported("`StackSetName` of GetTemplateSummary")
    }
    if input.CallAs != nil { throw ServiceError.unsupported("`CallAs` of GetTemplateSummary") }
    let body = try engine.database.read { transaction in
      switch (input.TemplateBody ?? input.TemplateURL, input.StackName) {
      case (_?, nil):
        return try templateBody(
          input.TemplateBody, input.TemplateURL, in: context.scope, transaction)
      case (nil, let name?):
        return try existing(name, in: context.scope, transaction).templateBody
      default: throw Self.validation("Give either TemplateBody, TemplateURL or StackName.")
      }
    }
    let outline = try outline(of: body)
    let needs = capabilities(of: outline)
    var types: [String] = []
    for resource in outline.resources where !types.contains(resource.type.text) {
      types.append(resource.type.text)
    }
    let strangers = types.filter {
      engine.catalog[ResourceType($0)] == nil
        && !ResourceType($0).isKnown(with: outline.transforms)
    }
    let warns = input.TemplateSummaryConfig?.TreatUnrecognizedResourceTypesAsWarnings ?? false
    if !strangers.isEmpty, !warns {
      throw Self.validation(
        "Template format error: Unrecognized resource types: "
          + "[\(strangers.joined(separator: ", "))]")
    }
    return SummaryOutput(
      Parameters: outline.parameters.map(declared), Description: outline.description,
      Capabilities: needs?.names, CapabilitiesReason: needs?.reason, ResourceTypes: types,
      Version: outline.formatVersion, Metadata: outline.metadata,
      DeclaredTransforms: outline.transforms,
      ResourceIdentifierSummaries: identifiers(in: outline),
      Warnings: strangers.isEmpty ? nil : Warnings(UnrecognizedResourceTypes: strangers))
  }

  private func declared(_ parameter: TemplateOutline.Parameter) -> DeclaredParameter {
    DeclaredParameter(
      ParameterKey: parameter.name, DefaultValue: parameter.defaultValue,
      ParameterType: parameter.type, NoEcho: parameter.isSecret,
      Description: parameter.description,
      ParameterConstraints: Constraints(
        AllowedValues: parameter.allowedValues.isEmpty ? nil : parameter.allowedValues))
  }

  private func identifiers(in outline: TemplateOutline) -> [Identifiers]? {
    var found: [Identifiers] = []
    for resource in outline.resources {
      guard let property = engine.catalog[resource.type]?.schema.naming?.property,
        !property.contains(".")
      else { continue }
      if let index = found.firstIndex(where: { $0.ResourceType == resource.type.text }) {
        found[index].LogicalResourceIds.append(resource.logicalID.text)
      } else {
        found.append(
          Identifiers(
            ResourceType: resource.type.text, LogicalResourceIds: [resource.logicalID.text],
            ResourceIdentifiers: [property]))
      }
    }
    return found.isEmpty ? nil : found
  }

  private struct ValidateInput: Decodable, Sendable {
    var TemplateBody: String?
    var TemplateURL: String?
  }

  private struct ValidateOutput: Encodable, Sendable {
    var Parameters: [DeclaredParameter]
    var Description: String?
    var Capabilities: [String]?
    var CapabilitiesReason: String?
    var DeclaredTransforms: [String]
  }

  private func validateTemplate(_ input: ValidateInput, _ context: RequestContext) async throws
    -> ValidateOutput
  {
    let body = try engine.database.read {
      try templateBody(input.TemplateBody, input.TemplateURL, in: context.scope, $0)
    }
    let outline = try outline(of: body)
    let needs = capabilities(of: outline)
    return ValidateOutput(
      Parameters: outline.parameters.map {
        DeclaredParameter(
          ParameterKey: $0.name, DefaultValue: $0.defaultValue, NoEcho: $0.isSecret,
          Description: $0.description)
      },
      Description: outline.description, Capabilities: needs?.names,
      CapabilitiesReason: needs?.reason, DeclaredTransforms: outline.transforms)
  }

  private func outline(of body: String) throws -> TemplateOutline {
    let (outline, diagnostics) = engine.outline(of: body)
    guard let outline, !diagnostics.hasErrors else { throw refusal(diagnostics) }
    return outline
  }

  private func capabilities(of outline: TemplateOutline) -> (names: [String], reason: String)? {
    var types: [String] = []
    var isNamed = false
    for resource in outline.resources {
      guard let schema = engine.catalog[resource.type]?.schema, schema.needsIAMCapability else {
        continue
      }
      if !types.contains(resource.type.text) { types.append(resource.type.text) }
      if let property = schema.naming?.property?.split(separator: ".").first,
        resource.properties.contains(String(property))
      {
        isNamed = true
      }
    }
    if types.isEmpty { return nil }
    return (
      [isNamed ? "CAPABILITY_NAMED_IAM" : "CAPABILITY_IAM"],
      "The following resource(s) require capabilities: [\(types.joined(separator: ", "))]"
    )
  }
}
