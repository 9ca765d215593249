"""What is deployed: fabrics, variable groups, and the program that turns them into components."""
