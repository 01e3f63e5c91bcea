package gateway

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"

	"github.com/flott/flott/internal/rest"
)

// The bodies of requests and answers, as documented.
type (
	versionsBody struct {
		Versions []string `json:"versions"`
	}
	infoBody struct {
		ProductName string `json:"productName"`
		Version     string `json:"version"`
	}
	openSessionBody struct {
		SessionName string            `json:"sessionName,omitempty"`
		Properties  map[string]string `json:"properties,omitempty"`
	}
	sessionBody struct {
		SessionHandle string `json:"sessionHandle"`
	}
	propertiesBody struct {
		Properties map[string]string `json:"properties"`
	}
	statusBody struct {
		Status string `json:"status"`
	}
	completeBody struct {
		Statement string `json:"statement"`
		Position  int    `json:"position" doc:"in bytes"`
	}
	candidatesBody struct {
		Candidates []string `json:"candidates"`
	}
	executeBody struct {
		Statement        string            `json:"statement"`
		ExecutionTimeout int64             `json:"executionTimeout,omitempty" doc:"0"`
		ExecutionConfig  map[string]string `json:"executionConfig,omitempty" doc:"settings for this statement"`
	}
	operationBody struct {
		OperationHandle string `json:"operationHandle"`
	}
	resultBody struct {
		ResultType    string      `json:"resultType" doc:"NOT_READY, PAYLOAD or EOS"`
		IsQueryResult bool        `json:"isQueryResult,omitempty"`
		JobID         string      `json:"jobID,omitempty"`
		ResultKind    string      `json:"resultKind,omitempty" doc:"SUCCESS or SUCCESS_WITH_CONTENT"`
		Results       resultsBody `json:"results,omitempty"`
		NextResultURI string      `json:"nextResultUri,omitempty" doc:"where the next page is; absent after the last one"`
	}
	resultsBody struct {
		Columns   []columnBody `json:"columns"`
		RowFormat string       `json:"rowFormat"`
		Data      []rowBody    `json:"data"`
	}
	columnBody struct {
		Name        string         `json:"name"`
		LogicalType map[string]any `json:"logicalType"`
		Comment     any            `json:"comment"`
	}
	rowBody struct {
		Kind   string `json:"kind" doc:"INSERT, UPDATE_BEFORE, UPDATE_AFTER or DELETE"`
		Fields []any  `json:"fields"`
	}
	emptyBody struct{}
)

// documented says of each endpoint what it takes and answers.
var documented = map[string]struct {
	summary           string
	request, response any
	query             []rest.Parameter
}{
	"GET /api_versions":                          {"The versions of the API", nil, versionsBody{}, nil},
	"GET /info":                                  {"Who answers", nil, infoBody{}, nil},
	"POST /sessions":                             {"Open a session", openSessionBody{}, sessionBody{}, nil},
	"GET " + sessionPath:                         {"The settings of a session", nil, propertiesBody{}, nil},
	"DELETE " + sessionPath:                      {"Close a session with its queries; jobs of INSERTs run on", nil, statusBody{}, nil},
	"POST " + sessionPath + "/heartbeat":         {"Keep a session open", nil, emptyBody{}, nil},
	"POST " + sessionPath + "/configure-session": {"Run a statement that only changes the session", executeBody{}, emptyBody{}, nil},
	"GET " + sessionPath + "/complete-statement": {"Words that may stand at a place of a statement; the body may also come as a query", completeBody{}, candidatesBody{},
		[]rest.Parameter{{Name: "statement", Doc: "instead of the body's"}, {Name: "position", Doc: "instead of the body's"}}},
	"POST " + sessionPath + "/statements": {"Run a statement", executeBody{}, operationBody{}, nil},
	"GET " + operationPath + "/status":    {"How far a statement is", nil, statusBody{}, nil},
	"GET " + operationPath + "/result/{token}": {"A page of a statement's result, from 0; the newest and the one before may be asked again", nil, resultBody{},
		[]rest.Parameter{{Name: "rowFormat", Doc: "JSON or PLAIN_TEXT"}}},
	"POST " + operationPath + "/cancel":  {"Cancel a statement", nil, statusBody{}, nil},
	"DELETE " + operationPath + "/close": {"Forget a statement and end its query", nil, statusBody{}, nil},
}

// Routes describes the endpoints that do something, for documents.
func Routes() (out []rest.Route) {
	for _, r := range routes {
		d, ok := documented[r.method+" "+r.path]
		if !ok {
			continue // not supported here
		}
		path := strings.NewReplacer("{", ":", "}", "").Replace(r.path)
		out = append(out, rest.Route{Method: r.method, Path: path, Summary: d.summary, Query: d.query, Request: d.request, Response: d.response, Status: http.StatusOK, Changes: r.method != "GET"})
	}
	return out
}

// openAPI is set by init: the routes, which it describes, lead to it.
var openAPI func() ([]byte, error)

func init() { openAPI = sync.OnceValues(makeOpenAPI) }

func makeOpenAPI() ([]byte, error) {
	doc := rest.OpenAPI(Routes())
	doc["info"] = map[string]any{"title": "flott SQL gateway", "version": "v4",
		"description": "The SQL gateway of Apache Flink in front of flott. All paths may begin with /v1 to /v4."}
	return json.Marshal(doc)
}

func (g *Gateway) document(w http.ResponseWriter, _ *http.Request) {
	b, err := openAPI()
	if err != nil {
		plainError(w, "no document", err)
		return
	}
	send(w, 200, b)
}
