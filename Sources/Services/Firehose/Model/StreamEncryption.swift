import AWSModel

/// Server-side encryption of the records that wait in a delivery stream, as it is kept and shown.
struct StreamEncryption: Codable, Sendable, Hashable {
  var KeyType: String
  var KeyARN: String?
}

/// The members of `DeliveryStreamEncryptionConfigurationInput`.
struct StreamEncryptionInput: Codable, Sendable, Hashable {
  var KeyType: String
  var KeyARN: String?

  static let owned = "AWS_OWNED_CMK"
  static let managed = "CUSTOMER_MANAGED_CMK"

  /// The reason why it can't be; nil where it can.
  var fault: String? {
    switch (KeyType, KeyARN) {
    case (Self.owned, nil): nil
    case (Self.owned, .some): "KeyARN can't be given with KeyType \(Self.owned)"
    case (Self.managed, .some(let key)) where ARN(parsing: key)?.service == "kms": nil
    case (Self.managed, _): "KeyType \(Self.managed) needs the ARN of a key"
    default: "KeyType must be \(Self.owned) or \(Self.managed), not \(KeyType)"
    }
  }

  var encryption: StreamEncryption { StreamEncryption(KeyType: KeyType, KeyARN: KeyARN) }
}
