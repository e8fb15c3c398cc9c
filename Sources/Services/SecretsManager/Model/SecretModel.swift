import AWSModel
import Effects
import ServiceKit

/// A secret as it is stored, without its values.
struct SecretModel: Codable, Sendable, Hashable {
  var name: String
  /// The six characters that end the ARN, new for each secret of the name.
  var suffix: String
  var description: String?
  var tags: [Tag] = []
  /// The resource policy, as it was written.
  var policy: String?
  var created: Timestamp
  var changed: Timestamp
  /// The day of the last reading, at its start in UTC; nil before the first.
  var accessed: Timestamp?
  /// The moment of its deletion, and the end of the time in which it can be restored.
  var deleted: Timestamp?
  var deletionDate: Timestamp?
  /// Newest last.
  var versions: [SecretVersion] = []

  func arn(in scope: Scope) -> String {
    ARN("secretsmanager", scope, "secret:\(name)-\(suffix)").description
  }

  func version(_ id: String) -> SecretVersion? { versions.first { $0.id == id } }
  func version(staged stage: String) -> SecretVersion? {
    versions.first { $0.stages.contains(stage) }
  }

  /// Gives a version its stage, taking it from whichever had it. `AWSCURRENT` leaves
  /// `AWSPREVIOUS` where it was.
  mutating func move(_ stage: String, to id: String) {
    let previous = version(staged: stage)?.id
    for index in versions.indices {
      versions[index].stages.removeAll { $0 == stage }
      if versions[index].id == id { versions[index].stages.append(stage) }
    }
    if stage == SecretStage.current, let previous, previous != id {
      move(SecretStage.previous, to: previous)
    }
  }

  /// Lets go of versions without a stage, oldest first, where there are too many. Returns their ids.
  mutating func prune() -> [String] {
    var excess = max(0, versions.count - SecretLimits.versionsMax)
    var gone: [String] = []
    versions.removeAll { version in
      guard excess > 0, version.stages.isEmpty else { return false }
      excess -= 1
      gone.append(version.id)
      return true
    }
    return gone
  }
}

/// One version of a secret; its value is stored apart, sealed.
struct SecretVersion: Codable, Sendable, Hashable {
  var id: String
  var stages: [String]
  var created: Timestamp
}

enum SecretStage {
  static let current = "AWSCURRENT"
  static let previous = "AWSPREVIOUS"
}

/// The content of a version.
enum SecretValue: Codable, Sendable, Hashable {
  case text(String)
  /// Base64, as it travels.
  case binary(String)

  var text: String? { if case .text(let text) = self { text } else { nil } }
  var binary: String? { if case .binary(let binary) = self { binary } else { nil } }
}

extension Timestamp {
  /// Midnight in UTC.
  var startOfDay: Timestamp {
    let day: Int64 = 86_400_000
    return Timestamp(milliseconds: Int64((Double(milliseconds) / Double(day)).rounded(.down)) * day)
  }
}
