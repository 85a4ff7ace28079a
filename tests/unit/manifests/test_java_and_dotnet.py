"""pom.xml, Gradle's files, and the projects of .NET."""

import pytest
from reading_manifests import BUILD, DEV, OPTIONAL, PEER, RUNTIME, manifest, problem, required

BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE project [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<project><artifactId>&b;</artifactId></project>"""


def test_a_pom_says_what_it_is_and_what_it_requires():
    found = manifest(
        "app/pom.xml",
        """
        <project xmlns="http://maven.apache.org/POM/4.0.0">
          <parent><groupId>com.acme</groupId><artifactId>root</artifactId><version>1.5</version></parent>
          <artifactId>app</artifactId>
          <name>The app</name>
          <properties><junit.version>5.10</junit.version></properties>
          <modules><module>web</module><module>other/pom.xml</module></modules>
          <dependencies>
            <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-api</artifactId><version>2.0</version></dependency>
            <dependency><groupId>org.junit</groupId><artifactId>junit</artifactId><version>${junit.version}</version>
              <scope>test</scope></dependency>
            <dependency><groupId>servlet</groupId><artifactId>api</artifactId><scope>provided</scope></dependency>
            <dependency><groupId>o</groupId><artifactId>o</artifactId><optional>true</optional></dependency>
          </dependencies>
        </project>
        """,
    )
    assert (found.group, found.name, found.version, found.description) == ("com.acme", "app", "1.5", "The app")
    assert (found.parent, found.members) == ("pom.xml", ("app/web", "app/other"))
    assert required(found) == [
        ("org.slf4j:slf4j-api", "2.0", RUNTIME),
        ("org.junit:junit", "${junit.version}", DEV),
        ("servlet:api", "", PEER),
        ("o:o", "", OPTIONAL),
    ]
    assert [one.inherited for one in found.requirements] == [False, False, True, True]


@pytest.mark.parametrize(
    ("told", "parent"),
    [
        ("", "pom.xml"),
        ("<relativePath/>", None),
        ("<relativePath>../../build</relativePath>", None),
        ("<relativePath>../build</relativePath>", "build/pom.xml"),
        ("<relativePath>../build/parent.xml</relativePath>", "build/parent.xml"),
    ],
)
def test_a_parent_lies_where_the_pom_says(told, parent):
    text = f"<project><artifactId>a</artifactId><parent><artifactId>p</artifactId>{told}</parent></project>"
    assert manifest("app/pom.xml", text).parent == parent


def test_a_build_gradle_says_what_stands_there_literally():
    found = manifest(
        "core/build.gradle",
        """
        plugins { id 'java' version '9.9' }
        /* version = 'commented' { */
        group = 'com.acme'
        version = "1.0" // not "2.0"
        buildscript { dependencies { classpath 'com.android.tools:gradle:8.0' } }
        dependencies {
            implementation 'org.slf4j:slf4j-api:2.0'
            api(project(':util'))
            implementation(platform("io.grpc:grpc-bom:1.60"))
            testImplementation group: 'junit', name: 'junit', version: '4.13'
            annotationProcessor("org.projectlombok:lombok:1.18") { exclude group: 'x' }
            runtimeOnly libs.driver
        }
        publishing { publications { maven { version = '7' } } }
        """,
    )
    assert (found.group, found.name, found.version, found.shared) == ("com.acme", None, "1.0", None)
    assert required(found) == [
        ("com.android.tools:gradle", "8.0", BUILD),
        ("org.slf4j:slf4j-api", "2.0", RUNTIME),
        (":util", "", RUNTIME),
        ("io.grpc:grpc-bom", "1.60", RUNTIME),
        ("junit:junit", "4.13", DEV),
        ("org.projectlombok:lombok", "1.18", BUILD),
    ]


def test_a_root_gives_to_its_subprojects():
    found = manifest("build.gradle.kts", 'allprojects {\n  group = "com.acme"\n}\nsubprojects {\n  version = "3"\n}')
    assert (found.group, found.version) == ("com.acme", None)
    assert (found.shared.group, found.shared.version) == ("com.acme", "3")


def test_settings_name_the_root_and_the_projects_it_includes():
    found = manifest(
        "settings.gradle",
        """
        rootProject.name = 'acme'
        include ':core', ':libs:util',
            'web'
        include(":moved")
        project(':moved').projectDir = file('elsewhere/moved')
        """,
    )
    assert (found.declares, found.name) == (False, "acme")
    assert found.members == ("core", "libs/util", "web", "elsewhere/moved")
    assert found.properties[":libs:util"] == "libs/util"
    assert found.properties[":moved"] == "elsewhere/moved"


def test_gradle_properties_hold_a_version():
    found = manifest("gradle.properties", "org.gradle.jvmargs=-Xmx2g\nversion = 4.2\ngroup=com.acme")
    assert (found.declares, found.version, found.shared.group) == (False, "4.2", "com.acme")


def test_a_csproj_says_what_it_is_and_what_it_requires():
    found = manifest(
        "src/App/App.csproj",
        r"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup><Major>4</Major><Version>$(Major).1</Version><Description>An app</Description></PropertyGroup>
          <ItemGroup>
            <PackageReference Include="Serilog" Version="3.1" />
            <PackageReference Include="Central" />
            <PackageReference Include="Lint"><Version>1</Version><PrivateAssets>all</PrivateAssets></PackageReference>
            <ProjectReference Include="..\Core\Core.csproj" />
          </ItemGroup>
        </Project>
        """,
    )
    assert (found.name, found.version, found.description) == ("App", "4.1", "An app")
    assert required(found) == [
        ("Serilog", "3.1", RUNTIME),
        ("Central", "", RUNTIME),
        ("Lint", "1", BUILD),
        ("Core", "", RUNTIME, "src/Core/Core.csproj"),
    ]


def test_what_many_projects_share_makes_no_package():
    text = '<Project><ItemGroup><PackageVersion Include="Central" Version="8" /></ItemGroup></Project>'
    found = manifest("Directory.Packages.props", text)
    assert not found.declares
    assert [tuple(one)[:2] for one in found.shared.requirements] == [("Central", "8")]


@pytest.mark.parametrize("path", ["pom.xml", "a.csproj", "Directory.Build.props"])
@pytest.mark.parametrize(
    ("content", "why"),
    [
        (BOMB, "document type"),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', "document type"),
        (b"<a>" * 1_000, "too many elements"),
        (b"<other/>", "project"),
        (b"<Project>&undefined;</Project>", "undefined entity"),
        (b"", "no XML"),
    ],
)
def test_hostile_xml_is_refused(path, content, why):
    found = problem(path, content)
    assert why.lower() in found.lower()
