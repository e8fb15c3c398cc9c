enum StackExecutionModule {}
