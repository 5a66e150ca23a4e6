console.log("oakum");
