/// Templates for application services: code, mail, recognition, speech.
extension PolicyTemplate {
  static let applications: [PolicyTemplate] = [
    PolicyTemplate(
      "CodeCommitCrudPolicy", ["RepositoryName"],
      [
        .allow(
          "codecommit",
          """
          GitPull GitPush CreateBranch DeleteBranch GetBranch ListBranches
          MergeBranchesByFastForward MergeBranchesBySquash MergeBranchesByThreeWay
          UpdateDefaultBranch BatchDescribeMergeConflicts CreateUnreferencedMergeCommit
          DescribeMergeConflicts GetMergeCommit GetMergeOptions BatchGetPullRequests
          CreatePullRequest DescribePullRequestEvents GetCommentsForPullRequest
          GetCommitsFromMergeBase GetMergeConflicts GetPullRequest ListPullRequests
          MergePullRequestByFastForward MergePullRequestBySquash MergePullRequestByThreeWay
          PostCommentForPullRequest UpdatePullRequestDescription UpdatePullRequestStatus
          UpdatePullRequestTitle DeleteFile GetBlob GetFile GetFolder PutFile
          DeleteCommentContent GetComment GetCommentsForComparedCommit
          PostCommentForComparedCommit PostCommentReply UpdateComment BatchGetCommits
          CreateCommit GetCommit GetCommitHistory GetDifferences GetObjectIdentifier
          GetReferences GetTree GetRepository UpdateRepositoryDescription
          ListTagsForResource TagResource UntagResource GetRepositoryTriggers
          PutRepositoryTriggers TestRepositoryTriggers GetBranch GetCommit UploadArchive
          GetUploadArchiveStatus CancelUploadArchive
          """, on: "codecommit:${repositoryName}")
      ]),
    PolicyTemplate(
      "CodeCommitReadPolicy", ["RepositoryName"],
      [
        .allow(
          "codecommit",
          """
          GitPull GetBranch ListBranches BatchDescribeMergeConflicts DescribeMergeConflicts
          GetMergeCommit GetMergeOptions BatchGetPullRequests DescribePullRequestEvents
          GetCommentsForPullRequest GetCommitsFromMergeBase GetMergeConflicts GetPullRequest
          ListPullRequests GetBlob GetFile GetFolder GetComment GetCommentsForComparedCommit
          BatchGetCommits GetCommit GetCommitHistory GetDifferences GetObjectIdentifier
          GetReferences GetTree GetRepository ListTagsForResource GetRepositoryTriggers
          TestRepositoryTriggers GetBranch GetCommit GetUploadArchiveStatus
          """, on: "codecommit:${repositoryName}")
      ]),
    PolicyTemplate(
      "CodePipelineLambdaExecutionPolicy", [],
      [
        .allow("codepipeline", "PutJobSuccessResult PutJobFailureResult", on: "*")
      ]),
    PolicyTemplate(
      "CodePipelineReadOnlyPolicy", ["PipelineName"],
      [
        .allow("codepipeline", "ListPipelineExecutions", on: "codepipeline:${pipelinename}")
      ]),
    PolicyTemplate(
      "ComprehendBasicAccessPolicy", [],
      [
        .allow(
          "comprehend",
          """
          BatchDetectKeyPhrases DetectDominantLanguage DetectEntities BatchDetectEntities
          DetectKeyPhrases DetectSentiment BatchDetectDominantLanguage BatchDetectSentiment
          """, on: "*")
      ]),
    PolicyTemplate(
      "MobileAnalyticsWriteOnlyAccessPolicy", [],
      [
        .allow("mobileanalytics", "PutEvents", on: "*")
      ]),
    PolicyTemplate(
      "PinpointEndpointAccessPolicy", ["PinpointApplicationId"],
      [
        .allow(
          "mobiletargeting", "GetEndpoint UpdateEndpoint UpdateEndpointsBatch",
          on: "mobiletargeting:apps/${pinpointApplicationId}/endpoints/*")
      ]),
    PolicyTemplate(
      "PollyFullAccessPolicy", ["LexiconName"],
      [
        .allow("polly", "GetLexicon DeleteLexicon", onAll: ["polly:lexicon/${lexiconName}"]),
        .allow(
          "polly", "DescribeVoices ListLexicons PutLexicon SynthesizeSpeech",
          onAll: ["polly:lexicon/*"]),
      ]),
    PolicyTemplate(
      "RekognitionDetectOnlyPolicy", [],
      [
        .allow("rekognition", "DetectFaces DetectLabels DetectModerationLabels DetectText", on: "*")
      ]),
    PolicyTemplate(
      "RekognitionFacesManagementPolicy", ["CollectionId"],
      [
        .allow(
          "rekognition", "IndexFaces DeleteFaces SearchFaces SearchFacesByImage ListFaces",
          on: "rekognition:collection/${collectionId}")
      ]),
    PolicyTemplate(
      "RekognitionFacesPolicy", [],
      [
        .allow("rekognition", "CompareFaces DetectFaces", on: "*")
      ]),
    PolicyTemplate(
      "RekognitionLabelsPolicy", [],
      [
        .allow("rekognition", "DetectLabels DetectModerationLabels", on: "*")
      ]),
    PolicyTemplate(
      "RekognitionNoDataAccessPolicy", ["CollectionId"],
      [
        .allow(
          "rekognition", "CompareFaces DetectFaces DetectLabels DetectModerationLabels",
          on: "rekognition:collection/${collectionId}")
      ]),
    PolicyTemplate(
      "RekognitionReadPolicy", ["CollectionId"],
      [
        .allow(
          "rekognition", "ListCollections ListFaces SearchFaces SearchFacesByImage",
          on: "rekognition:collection/${collectionId}")
      ]),
    PolicyTemplate(
      "RekognitionWriteOnlyAccessPolicy", ["CollectionId"],
      [
        .allow(
          "rekognition", "CreateCollection IndexFaces", on: "rekognition:collection/${collectionId}"
        )
      ]),
    PolicyTemplate(
      "SESBulkTemplatedCrudPolicy", ["IdentityName"],
      [
        .allow(
          "ses",
          """
          GetIdentityVerificationAttributes SendEmail SendRawEmail SendTemplatedEmail
          SendBulkTemplatedEmail VerifyEmailIdentity
          """, on: "ses:identity/${identityName}")
      ]),
    PolicyTemplate(
      "SESBulkTemplatedCrudPolicy_v2", ["IdentityName", "TemplateName"],
      [
        .allow(
          "ses", "SendEmail SendRawEmail SendTemplatedEmail SendBulkTemplatedEmail",
          onAll: ["ses:identity/${identityName}", "ses:template/${templateName}"]),
        .allow("ses", "GetIdentityVerificationAttributes VerifyEmailIdentity", on: "*"),
      ]),
    PolicyTemplate(
      "SESCrudPolicy", ["IdentityName"],
      [
        .allow(
          "ses", "GetIdentityVerificationAttributes SendEmail SendRawEmail VerifyEmailIdentity",
          on: "ses:identity/${identityName}")
      ]),
    PolicyTemplate(
      "SESEmailTemplateCrudPolicy", [],
      [
        .allow(
          "ses",
          """
          CreateTemplate GetTemplate ListTemplates UpdateTemplate DeleteTemplate
          TestRenderTemplate
          """, on: "*")
      ]),
    PolicyTemplate(
      "SESSendBouncePolicy", ["IdentityName"],
      [
        .allow("ses", "SendBounce", on: "ses:identity/${identityName}")
      ]),
    PolicyTemplate(
      "SageMakerCreateEndpointConfigPolicy", ["EndpointConfigName"],
      [
        .allow(
          "sagemaker", "CreateEndpointConfig", on: "sagemaker:endpoint-config/${endpointConfigName}"
        )
      ]),
    PolicyTemplate(
      "SageMakerCreateEndpointPolicy", ["EndpointName"],
      [
        .allow("sagemaker", "CreateEndpoint", on: "sagemaker:endpoint/${endpointName}")
      ]),
    PolicyTemplate(
      "ServerlessRepoReadWriteAccessPolicy", [],
      [
        .allow(
          "serverlessrepo",
          """
          CreateApplication CreateApplicationVersion UpdateApplication GetApplication
          ListApplications ListApplicationVersions ListApplicationDependencies
          """, onAll: ["serverlessrepo:applications/*"])
      ]),
    PolicyTemplate(
      "TextractDetectAnalyzePolicy", [],
      [
        .allow(
          "textract",
          """
          DetectDocumentText StartDocumentTextDetection StartDocumentAnalysis
          AnalyzeDocument
          """, on: "*")
      ]),
    PolicyTemplate(
      "TextractGetResultPolicy", [],
      [
        .allow("textract", "GetDocumentTextDetection GetDocumentAnalysis", on: "*")
      ]),
    PolicyTemplate(
      "TextractPolicy", [],
      [
        .allow("textract", "*", on: "*")
      ]),
  ]
}
