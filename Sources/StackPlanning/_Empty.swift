enum StackPlanningModule {}
