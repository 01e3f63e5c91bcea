package jobmanager

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"io"
	"slices"
	"time"

	"github.com/flott/flott/internal/cluster/api"
)

// archive keeps the last pictures of jobs that are over, packed. The dispatcher
// guards it.
type archive struct {
	capacity int           // `jobstore.max-capacity`
	expiry   time.Duration // `jobstore.expiration-time`
	jobs     []archived    // the oldest first
}

type archived struct {
	overview api.JobOverview
	packed   []byte
}

// pictures are what is packed.
type pictures struct {
	Status      api.JobStatus
	Checkpoints api.CheckpointReport
}

// defaultArchived is how many jobs that are over are kept unless told otherwise;
// Flink keeps any number for an hour.
const defaultArchived = 100

func newArchive(options map[string]string) (archive, error) {
	a := archive{capacity: defaultArchived, expiry: time.Hour}
	err := api.ReadOptions(options, map[string]any{"jobstore.max-capacity": &a.capacity, "jobstore.expiration-time": &a.expiry})
	return a, err
}

// add keeps a job that is over in place of one of the same id.
func (a *archive) add(now time.Time, s api.JobStatus, r api.CheckpointReport) error {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestSpeed)
	if err == nil {
		err = json.NewEncoder(w).Encode(pictures{s, r})
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return err
	}
	a.remove(s.ID)
	a.jobs = append(a.jobs, archived{overviewOf(&s), bytes.Clone(b.Bytes())})
	a.expire(now)
	return nil
}

func (a *archive) remove(id string) {
	a.jobs = slices.DeleteFunc(a.jobs, func(j archived) bool { return j.overview.ID == id })
}

// expire drops what is too old or too much.
func (a *archive) expire(now time.Time) {
	a.jobs = slices.DeleteFunc(a.jobs, func(j archived) bool { return now.Sub(j.overview.Ended) > a.expiry })
	if n := len(a.jobs) - max(a.capacity, 0); n > 0 {
		a.jobs = slices.Delete(a.jobs, 0, n)
	}
}

// find returns the packed pictures of a job, nil if there are none.
func (a *archive) find(now time.Time, id string) []byte {
	a.expire(now)
	for _, j := range a.jobs {
		if j.overview.ID == id {
			return j.packed
		}
	}
	return nil
}

func unpack(packed []byte) (p pictures, err error) {
	r := flate.NewReader(bytes.NewReader(packed))
	b, err := io.ReadAll(r)
	if err == nil {
		err = json.Unmarshal(b, &p)
	}
	return p, err
}
