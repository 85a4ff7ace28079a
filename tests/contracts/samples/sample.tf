# The bucket.
resource "aws_s3_bucket" "logs" {
  bucket = "x"
}
variable "region" { default = "eu" }
output "id" { value = 1 }
module "net" { source = "./net" }
data "aws_ami" "a" { }
locals {
  name = "a"
}
provider "aws" { region = var.region }
terraform { required_version = "1" }
