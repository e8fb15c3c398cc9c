enum StackResolutionModule {}
