import AWSModel
import AWSWire
import ServiceKit

extension Emulator {
  /// The account of a key that IAM or STS handed out; nil for any other.
  ///
  /// Throws `ExpiredToken`, `InvalidClientTokenId`.
  func account(ofKeyIn signature: Signature) throws(ServiceError) -> AccountID? {
    guard let keys = capabilities[.accessKeys] else { return nil }
    return try keys.account(
      ofAccessKey: signature.accessKeyID,
      for: AccessKeyUse(
        service: signature.service, region: signature.region,
        moment: environment.effects.clock.now))
  }

  /// A fault of the credentials that a request is signed with, in the code and the words that the
  /// protocol's clients know; any other as it is.
  ///
  /// - Parameter service: the signing name.
  public static func credentialFault(
    _ fault: ServiceError, service: String?, _ wire: WireProtocol
  ) -> ServiceError {
    let isExpired = fault.code == AccessKeyFaults.expired.code
    guard isExpired || fault.code == AccessKeyFaults.inactive.code else { return fault }
    if service == "s3" {
      return isExpired
        ? ServiceError("ExpiredToken", "The provided token has expired.")
        : ServiceError(
          "InvalidAccessKeyId",
          "The AWS Access Key Id you provided does not exist in our records.", status: 403)
    }
    var told = fault
    switch wire {
    case .query, .ec2Query, .restXML: return fault
    case .json10, .json11, .cbor11, .rpcV2CBOR: told.status = 400
    case .restJSON: break
    }
    told.code = isExpired ? "ExpiredTokenException" : "UnrecognizedClientException"
    return told
  }
}
