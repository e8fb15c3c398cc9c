import AWSModel
import PropertyTree
import StackModel

/// Resources that a template is to be written for: they are there, and no template says so.
public struct DraftRequest: Sendable, Hashable, Codable {
  /// One resource by its type and physical id.
  public struct Name: Sendable, Hashable, Codable {
    public var type: String
    public var physicalID: String

    public init(type: String, physicalID: String) {
      self.type = type
      self.physicalID = physicalID
    }
  }

  public var scope: Scope
  /// nil for everything that belongs to no stack, as far as it can be listed.
  public var resources: [Name]?

  public init(scope: Scope = .standard, resources: [Name]? = nil) {
    self.scope = scope
    self.resources = resources
  }
}

/// A template for resources as they are, and what it takes to import them by it.
public struct TemplateDraft: Sendable, Hashable, Codable {
  /// A file that the template names: code, which no property holds.
  public struct File: Sendable, Hashable, Codable {
    /// Relative to the template's folder.
    public var path: String
    /// In base64.
    public var contents: String

    public init(path: String, contents: String) {
      self.path = path
      self.contents = contents
    }
  }

  public var template: PropertyValue
  /// Physical ids by logical IDs.
  public var imports: [String: String]
  public var files: [File]
  /// Types whose resources can only be named, not listed; empty where the request names them.
  public var unlisted: [String]
  /// Resources that no template could say, with the reason.
  public var leftOut: [String] = []

  public init(
    template: PropertyValue, imports: [String: String], files: [File] = [], unlisted: [String] = []
  ) {
    self.template = template
    self.imports = imports
    self.files = files
    self.unlisted = unlisted
  }
}
