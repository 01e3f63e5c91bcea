package broker

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Version is the Kafka release that is started.
const Version = "4.1.1"

// pom lists what a broker needs at run time.
const pom = `<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>flott</groupId><artifactId>test-kafka</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>` + Version + `</version></dependency>
    <dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>2.24.3</version></dependency>
    <dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-core</artifactId><version>2.24.3</version></dependency>
  </dependencies>
</project>
`

// logging sends a broker's log to its standard error.
const logging = `status = error
appender.err.type = Console
appender.err.name = err
appender.err.target = SYSTEM_ERR
appender.err.layout.type = PatternLayout
appender.err.layout.pattern = [%d] %p %m (%c)%n
rootLogger.level = info
rootLogger.appenderRef.err.ref = err
`

// ErrNoJava says that this machine has no Java to run a broker with.
var ErrNoJava = errors.New("no Java on this machine (Debian: apt-get install default-jre-headless maven)")

var fetched struct {
	once sync.Once
	home string
	err  error
}

// java is the program, from JAVA_HOME or the path.
func java() (string, error) {
	if home := os.Getenv("JAVA_HOME"); home != "" {
		return filepath.Join(home, "bin", "java"), nil
	}
	path, err := exec.LookPath("java")
	if err != nil {
		return "", ErrNoJava
	}
	return path, nil
}

// Fetch makes sure that Kafka is in the cache and returns its folder: jars in
// libs, a formatted storage in formatted.
func Fetch() (string, error) {
	fetched.once.Do(func() { fetched.home, fetched.err = fetch() })
	return fetched.home, fetched.err
}

func fetch() (string, error) {
	program, err := java()
	if err != nil {
		return "", err
	}
	cache := os.Getenv("FLOTT_CACHE")
	if cache == "" {
		if cache, err = os.UserCacheDir(); err != nil {
			return "", err
		}
		cache = filepath.Join(cache, "flott")
	}
	home := filepath.Join(cache, "kafka-"+Version)
	if _, err := os.Stat(home); err == nil {
		return home, nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	// Everything is made in a folder of its own and renamed in one step, so that
	// two test processes may fetch at once and none sees half of it.
	tmp, err := os.MkdirTemp(cache, "fetch-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp)
	if err := fill(tmp, program); err != nil {
		return "", fmt.Errorf("fetch Kafka %s: %w", Version, err)
	}
	if err := os.Rename(tmp, home); err != nil && !errors.Is(err, fs.ErrExist) {
		if _, there := os.Stat(home); there != nil {
			return "", err
		}
	}
	return home, nil
}

func fill(dir, program string) error {
	mvn, err := exec.LookPath("mvn")
	if err != nil {
		return errors.New("no Maven on this machine (Debian: apt-get install maven)")
	}
	if err := os.WriteFile(filepath.Join(dir, "pom.xml"), []byte(pom), 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "log4j2.properties"), []byte(logging), 0o644); err != nil {
		return err
	}
	libs := filepath.Join(dir, "libs")
	// A registry that hiccups is asked again.
	for try := 1; ; try++ {
		err = quiet(exec.Command(mvn, "-q", "-B", "-f", filepath.Join(dir, "pom.xml"),
			"dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory="+libs))
		if err == nil {
			break
		}
		if try == 3 {
			return err
		}
		<-time.After(time.Duration(try) * 5 * time.Second)
	}
	// Formatting takes a start of the JVM: it is done once, and copied.
	formatted := filepath.Join(dir, "formatted")
	conf := filepath.Join(dir, "format.properties")
	text := strings.Join(properties(formatted, 1, 2, nil), "\n")
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
		return err
	}
	return quiet(exec.Command(program, "-cp", filepath.Join(libs, "*"), "-Dlog4j2.configurationFile="+filepath.Join(dir, "log4j2.properties"),
		"kafka.tools.StorageTool", "format", "-t", "Zmxvdy1mbG90dC1mbG90dA", "-c", conf))
}

// quiet runs a command and puts its output into the error.
func quiet(cmd *exec.Cmd) error {
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(cmd.Path), err, out)
	}
	return nil
}
