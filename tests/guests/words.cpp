// Counts the words of standard input, most frequent first: iostreams, containers, virtual calls, global constructors.
#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

struct Report {
  virtual ~Report() = default;
  virtual void print(const std::string &word, int count) const = 0;
};

struct Plain : Report {
  void print(const std::string &word, int count) const override { std::cout << count << ' ' << word << '\n'; }
};

static const std::unique_ptr<Report> report = std::make_unique<Plain>();

int main() {
  std::map<std::string, int> counts;
  for (std::string word; std::cin >> word;) counts[word]++;
  std::vector<std::pair<std::string, int>> sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](auto &a, auto &b) { return a.second > b.second; });
  for (auto &[word, count] : sorted) report->print(word, count);
}
