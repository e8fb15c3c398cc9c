import AWSModel
import Effects

/// Temporary credentials that were handed out.
struct STSSession: Codable, Sendable, Hashable {
  var accessKeyID: String
  var account: AccountID
  /// `arn:aws:sts::<account>:assumed-role/<role>/<session>`, or the account's root.
  var arn: String
  /// `AROA…:<session>`, or the account.
  var userID: String
  var expires: Timestamp
}
