"""What survey tools and Excel write becomes answers and questions: one module for each tool, behind `read_survey`."""
