import PropertyTree

/// A property that may name a file or folder beside the template in place of an object in a bucket.
///
/// The list is that of `aws cloudformation package` and `sam package`.
struct ArtifactProperty: Sendable, Hashable {
  /// The kind of file that may lie at the path, and the asset that is made of it.
  enum Kind: Sendable, Hashable {
    /// A folder or a file, which becomes an archive unless it is one.
    case archive
    /// A file as it is, or a folder, which becomes an archive.
    case bundle
    /// A file as it is.
    case file
    /// A template, packaged with all that it names itself.
    case template
  }

  /// The form in which the property names the object that takes the path's place.
  enum Form: Sendable, Hashable {
    /// An object with a member for the bucket and one for the key.
    case pointer(bucket: String, key: String)
    /// `s3://bucket/key`
    case address
    /// `https://…/bucket/key`
    case url
  }

  /// The property's name, below others perhaps.
  var path: [String]
  var kind: Kind
  var form: Form

  /// `Command.ScriptLocation`
  var name: String { path.joined(separator: ".") }

  private init(_ name: String, _ kind: Kind, _ form: Form) {
    path = name.split(separator: ".").map(String.init)
    self.kind = kind
    self.form = form
  }

  private static let code = Form.pointer(bucket: "S3Bucket", key: "S3Key")
  private static let location = Form.pointer(bucket: "Bucket", key: "Key")

  /// The properties of each type. Those of SAM count where a template is packaged before it is
  /// transformed.
  static let byType: [String: [ArtifactProperty]] = [
    "AWS::Lambda::Function": [.init("Code", .archive, code)],
    "AWS::Lambda::LayerVersion": [.init("Content", .archive, code)],
    "AWS::ApiGateway::RestApi": [.init("BodyS3Location", .file, location)],
    "AWS::ApiGatewayV2::Api": [.init("BodyS3Location", .file, location)],
    "AWS::StepFunctions::StateMachine": [.init("DefinitionS3Location", .file, location)],
    "AWS::Glue::Job": [.init("Command.ScriptLocation", .file, .address)],
    "AWS::AppSync::GraphQLSchema": [.init("DefinitionS3Location", .file, .address)],
    "AWS::AppSync::Resolver": mappings,
    "AWS::AppSync::FunctionConfiguration": mappings,
    "AWS::ElasticBeanstalk::ApplicationVersion": [.init("SourceBundle", .bundle, code)],
    "AWS::CodeCommit::Repository": [.init("Code.S3", .archive, location)],
    "AWS::CloudFormation::ModuleVersion": [.init("ModulePackage", .archive, .address)],
    "AWS::CloudFormation::ResourceVersion": [.init("SchemaHandlerPackage", .archive, .address)],
    "AWS::CloudFormation::Stack": [.init("TemplateURL", .template, .url)],
    "AWS::CloudFormation::StackSet": [.init("TemplateURL", .template, .url)],
    "AWS::Serverless::Function": [.init("CodeUri", .archive, .address)],
    "AWS::Serverless::LayerVersion": [.init("ContentUri", .archive, .address)],
    "AWS::Serverless::Api": [.init("DefinitionUri", .file, .address)],
    "AWS::Serverless::HttpApi": [.init("DefinitionUri", .file, .address)],
    "AWS::Serverless::StateMachine": [.init("DefinitionUri", .file, .address)],
    "AWS::Serverless::Application": [.init("Location", .template, .url)],
    "AWS::Serverless::GraphQLApi": [.init("SchemaUri", .file, .address)],
  ]

  private static let mappings: [ArtifactProperty] = [
    .init("RequestMappingTemplateS3Location", .file, .address),
    .init("ResponseMappingTemplateS3Location", .file, .address),
    .init("CodeS3Location", .file, .address),
  ]

  /// Addresses are not local; what they mean is the property's own affair.
  static func isLocal(_ path: String) -> Bool {
    !path.isEmpty && !path.contains("://") && !path.contains("{{resolve:")
  }

  /// The bucket and the key of an address `s3://bucket/key`; nil for any other text.
  static func object(_ address: String) -> (bucket: String, key: String)? {
    guard address.hasPrefix("s3://") else { return nil }
    let parts = address.dropFirst(5).split(
      separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
    return (String(parts[0]), String(parts[1]))
  }

  /// The value that takes the place of an address; nil where the property takes the address itself.
  func pointer(_ address: String) -> PropertyValue? {
    guard case .pointer(let bucket, let key) = form, let object = Self.object(address) else {
      return nil
    }
    return .object(
      PropertyObject([(bucket, .string(object.bucket)), (key, .string(object.key))]))
  }
}
