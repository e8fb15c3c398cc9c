import AWSModel
import ServiceKit

/// Reserved concurrency: no function has any here. To reserve some is refused by name, to have none
/// is so already.
/// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionConcurrency.html
extension LambdaService {
  var concurrencyOperations: [Operation] {
    [
      .typed("GetFunctionConcurrency") {
        [self] (target: FunctionTarget, context) -> EmptyOutput in
        _ = try require(target.reference(context))
        return EmptyOutput()
      },
      .typed("DeleteFunctionConcurrency") {
        [self] (target: FunctionTarget, context) -> EmptyOutput in
        _ = try require(target.reference(context))
        return EmptyOutput()
      },
    ]
  }
}
