import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// The credential report: a table of an account's users and their credentials.
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
extension IAMService {
  var reportOperations: [Operation] {
    [
      .typed("GenerateCredentialReport") { (_: EmptyOutput, context) in
        try await self.generateReport(context)
      },
      .typed("GetCredentialReport") { (_: EmptyOutput, context) in
        try self.credentialReport(context)
      },
    ]
  }

  /// A report is made anew after four hours.
  private static let reportSeconds = 4 * 3600

  struct GenerateReportOutput: Codable, Sendable {
    var State: String
    var Description: String?
  }

  /// A report is there at once; the first answer says that it has been started, as AWS's does.
  private func generateReport(_ context: RequestContext) async throws -> GenerateReportOutput {
    let (store, id) = (store, context.scope.account)
    let now = environment.effects.clock.now
    return try await environment.database.write { transaction in
      var account = try store.account(id, transaction)
      if let made = account.report?.generatedAt,
        made.adding(seconds: Self.reportSeconds) > now
      {
        return GenerateReportOutput(State: "COMPLETE")
      }
      let description =
        account.report == nil
        ? "No report exists. Starting a new report generation task"
        : "The report is older than 4 hours. Starting a new report generation task"
      account.report = IAMCredentialReport(
        content: try self.report(id, transaction), generatedAt: now)
      try store.put(account, id, transaction)
      return GenerateReportOutput(State: "STARTED", Description: description)
    }
  }

  struct ReportOutput: Codable, Sendable {
    /// Base 64.
    var Content: String
    var ReportFormat = "text/csv"
    var GeneratedTime: String
  }

  private func credentialReport(_ context: RequestContext) throws -> ReportOutput {
    guard let report = try readAccount(context).report else {
      throw ServiceError("ReportNotPresent", "No report has been generated.", status: 410)
    }
    return ReportOutput(
      Content: Base64.encode(Array(report.content.utf8)),
      GeneratedTime: report.generatedAt.iso8601)
  }

  // MARK: The table

  private static let columns = [
    "user", "arn", "user_creation_time", "password_enabled", "password_last_used",
    "password_last_changed", "password_next_rotation", "mfa_active", "access_key_1_active",
    "access_key_1_last_rotated", "access_key_1_last_used_date", "access_key_1_last_used_region",
    "access_key_1_last_used_service", "access_key_2_active", "access_key_2_last_rotated",
    "access_key_2_last_used_date", "access_key_2_last_used_region",
    "access_key_2_last_used_service", "cert_1_active", "cert_1_last_rotated", "cert_2_active",
    "cert_2_last_rotated",
  ]

  private func report(_ account: AccountID, _ transaction: Transaction) throws -> String {
    let maxAge = try store.account(account, transaction).passwordPolicy?.MaxPasswordAge
    var rows = [Self.columns]
    for user in try store.all(IAMUser.self, account, transaction) {
      var row = [
        user.name, user.arn(in: account).description, Self.text(user.createdAt),
        user.login == nil ? "false" : "true", user.login == nil ? "N/A" : "no_information",
        user.login.map { Self.text($0.changedAt) } ?? "N/A",
        user.login.flatMap { login in
          maxAge.map { Self.text(login.changedAt.adding(seconds: $0 * 86_400)) }
        } ?? "N/A", "false",
      ]
      for index in 0..<IAMUser.accessKeysMax {
        row += keyColumns(user.accessKeys.indices.contains(index) ? user.accessKeys[index] : nil)
      }
      rows.append(row + ["false", "N/A", "false", "N/A"])
    }
    return rows.map { $0.joined(separator: ",") }.joined(separator: "\n")
  }

  private func keyColumns(_ key: IAMAccessKey?) -> [String] {
    guard let key else { return ["false", "N/A", "N/A", "N/A", "N/A"] }
    let use = store.keys.use(key.id)
    return [
      key.status == .active ? "true" : "false", Self.text(key.createdAt),
      use.map { Self.text($0.moment) } ?? "N/A", use?.region ?? "N/A", use?.service ?? "N/A",
    ]
  }

  /// `2026-11-21T00:00:00+00:00`
  private static func text(_ moment: Timestamp) -> String {
    "\(moment.iso8601.prefix(19))+00:00"
  }
}
